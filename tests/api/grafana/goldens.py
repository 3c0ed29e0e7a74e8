"""The files of a leaders' organisation as the repository keeps them: in English, with the demo's plan drawn
in, its rules and the raw readings. Those in Swedish, for every pilot, lie in `deploy/grafana`.

`python -m tests.api.grafana.goldens` writes them anew: look at the difference before you commit it.
"""

from pathlib import Path

from api.grafana import dashboards
from api.grafana.alerts import alerting
from api.grafana.files import write_files
from api.grafana.provisioning import datasources, providers
from pilots.plan import demo_plan_text, read_plan

FOLDER = Path(__file__).parent / "goldens"
COMMAND = "python -m tests.api.grafana.goldens"
LEADERS = 2


def write(folder: Path) -> None:
    """What `pilotbed grafana build --pilot demo --org 2 --readings --lang en -o FOLDER` writes."""
    plan = read_plan(demo_plan_text())
    write_files(
        folder,
        LEADERS,
        datasources=datasources(LEADERS, True),
        providers=providers(LEADERS),
        alerting=alerting(plan, "en", LEADERS),
        dashboards=dashboards("en", plan, readings=True),
    )


def texts(folder: Path) -> dict[str, str]:
    """{path of a file in the folder: its text}"""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


if __name__ == "__main__":
    write(FOLDER)
