"""What every part of a plan is made of: strict models, and the kinds of value in them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Days = Annotated[int, Field(ge=1, le=36_500)]
Count = Annotated[int, Field(ge=1, le=100_000)]
Direction = Literal["up", "down"]
"""Which way is the better one."""


class Part(BaseModel):
    """A part of a plan, as it was written."""

    # Strict: what YAML reads as a number where text is wanted (`leader: 12`) is asked about, not guessed.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
