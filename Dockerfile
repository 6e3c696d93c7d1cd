# One image for web, worker and beat; docker-compose.yml says which of them a container is.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    REGISTRY_VAR_DIR=/var/lib/registry
WORKDIR /srv/registry

COPY requirements/base.txt requirements/base.txt
RUN pip install --no-cache-dir --require-hashes -r requirements/base.txt

COPY . .
# Static files are gathered with throw-away keys: the image holds no secret.
RUN useradd --system --home-dir /var/lib/registry --create-home registry \
    && SECRET_KEY=build BLIND_INDEX_KEY=build \
       FIELD_KEYS="$(python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())')" \
       DATABASE_URL=postgres:// python manage.py collectstatic --noinput --verbosity 0 \
    && chown -R registry: /var/lib/registry
USER registry

EXPOSE 8000
CMD ["gunicorn", "registry.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", "--timeout", "120"]
