"""What things cost, in the municipality's own figures."""

from typing import Annotated

from pydantic import Field

from pilots.plan.part import Amount, Count, Part, Share

Years = Annotated[int, Field(ge=1, le=15)]


class Range(Part):
    """An input that is not known exactly: its lowest, most likely and highest value."""

    low: Amount
    likely: Amount
    high: Amount


class Costs(Part):
    """Prices in kronor and times in minutes, for the benefits' arithmetic; None where not known.

    `users` is how many the broad introduction would reach, `utilisation` the share of freed time that
    rosters put to use. `ranges` widens a figure of this mapping by its name.
    """

    device_sek: Amount | None = None
    licence_sek_month: Amount | None = None
    staff_sek_hour: Amount | None = None
    visit_min: Amount | None = None
    travel_min: Amount | None = None
    installation_sek: Amount | None = None
    camera_check_min: Amount | None = None
    alarm_min: Amount | None = None
    administration_h_month: Amount | None = None
    training_sek: Amount | None = None
    support_sek_year: Amount | None = None
    battery_sek_year: Amount | None = None
    project_sek: Amount | None = None
    users: Count | None = None
    years: Years = 4
    discount_rate: Share = 0.03
    utilisation: Share = 0.6
    ranges: dict[str, Range] = Field(default_factory=dict)
