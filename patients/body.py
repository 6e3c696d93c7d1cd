"""Body surface area, to which doses of chemotherapy are given."""

from decimal import Decimal

FORMULA = "Mosteller: √(height in cm × weight in kg / 3600)"


def body_surface(height_cm: Decimal | None, weight_kg: Decimal | None) -> Decimal | None:
    """In m², to two decimals; None unless both are known. Mosteller, N Engl J Med 1987; 317: 1098."""
    if height_cm is None or weight_kg is None:
        return None
    return (height_cm * weight_kg / 3600).sqrt().quantize(Decimal("0.01"))
