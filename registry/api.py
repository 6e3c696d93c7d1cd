"""The API under /api/v1/: every app lists its part in ROUTES; here they meet, with tokens, schema and documentation."""

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.routers import DefaultRouter
from rest_framework.throttling import AnonRateThrottle

import analyses.api
import patients.api
import records.api
import treatments.api


class LoginThrottle(AnonRateThrottle):
    rate = "10/min"


class TokenView(ObtainAuthToken):
    """A token for a username and password; send it as `Authorization: Token ...`."""

    throttle_classes = (LoginThrottle,)


router = DefaultRouter()
router.include_root_view = False
for app in (records.api, patients.api, treatments.api, analyses.api):
    for prefix, view in app.ROUTES:
        router.register(prefix, view, basename=prefix)

# Swagger's interface styles its elements inline; nothing else on the site may.
documentation = csp_update({"style-src": [UNSAFE_INLINE], "img-src": ["data:"]})(
    SpectacularSwaggerSplitView.as_view(url_name="api-schema")
)

urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    path("token/", TokenView.as_view(), name="api-token"),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("documentation/", documentation, name="api-documentation"),
]
