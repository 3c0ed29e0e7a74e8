"""What a command says when it has changed who may connect to the broker."""

from pilotbed.broker_files import BrokerFiles
from pilotbed.cli.output import notices, results


def show_password(password: str) -> None:
    """On standard output, alone."""
    results.print(password, markup=False, highlight=False, soft_wrap=True)
    notices.print("It is not shown again.")


def say_who_reads_it(files: BrokerFiles | None) -> None:
    """How the broker learns of the change."""
    if files is None:
        said = (
            "No broker knows of it yet: name the folder of Mosquitto's files as PILOTBED_MQTT_ACCOUNTS, then "
            "run: pilotbed device accounts"
        )
    else:
        said = (
            f"Written to {files.folder}. Mosquitto reads it when it is reloaded; where neither the compose "
            "file nor pilotbed-mosquitto-reload.path sees to that: systemctl reload mosquitto"
        )
    notices.print(said, markup=False, highlight=False, soft_wrap=True)
