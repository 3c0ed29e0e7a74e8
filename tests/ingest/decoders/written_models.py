"""Models of our own making, as YAML."""

from ingest.decoders.models.model import Model
from ingest.decoders.models.reading import read_model

HEAD = "name: m\ntitle: A model\nformats: [chirpstack]\nquality: decodes\nsource: made up for tests\n"

BED = "  - stream: bed\n    columns: {occupied: {field: s}}\n"

ALARM = """\
  - stream: alarm
    columns:
      alarm: {text: "sos-{id}"}
      stage: {field: state, values: {on: raised, off: closed}}
      cause: {value: button}
"""


def model(readings: str, more: str = "") -> Model:
    """A model with these readings, and `more` lines above them."""
    return read_model(f"{HEAD}{more}readings:\n{readings}", "m.yaml")
