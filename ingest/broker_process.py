"""The child process of the embedded broker: rumqttd, and the heartbeat that makes a loss of it show.

Beats stand among the devices' messages in the one log that ingest reads, so whatever part of it is lost
takes numbers along. They must stand close: closer than a segment of the log, the least that can be lost.
So a beat follows on every hundredth of a second of work, in which the broker takes in some 10 MiB, and at
rest on every ten seconds. They are made here and not in the service because they must go on when that stalls.
"""

import logging
import os
import signal
import sys
import threading
import time
import tomllib
from itertools import count
from pathlib import Path

import iotcore
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

WORKED_S = 0.01
RESTED_S = 10.0
"""A loss is dated by the beats around it: at rest, to this."""

CONNECT_AGAIN_S = 0.02

BEATS = {signal.SIGPROF, signal.SIGALRM}


def main(configuration: str, topic: str) -> None:
    """Run the broker of that TOML file until the parent ends or closes our standard input."""
    logging.basicConfig(level=logging.WARNING)
    # rumqttd opens a span at the level of errors for every packet.
    logging.getLogger("rumqttd").setLevel(logging.CRITICAL)
    # Ctrl-C is for the service: it still acknowledges what it has committed.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Blocked before any thread starts, and so in each: they are for sigwait, and would end the process.
    signal.pthread_sigmask(signal.SIG_BLOCK, BEATS)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    if topic:
        threading.Thread(target=_beat, args=(Path(configuration), topic), daemon=True).start()
    iotcore.IotCoreBroker(config_path=configuration).run_forever()


def _end_with_the_parent() -> None:
    try:
        sys.stdin.buffer.read()
    finally:
        os._exit(0)


def _beat(configuration: Path, topic: str) -> None:
    """Publish `NUMBER TIME` (µs UTC), one after the other has been acknowledged and so stands in the log."""
    listener = tomllib.loads(configuration.read_text(encoding="utf-8"))["v4"]["2"]
    host, _, port = listener["listen"].rpartition(":")
    ((user, password),) = listener["connections"]["auth"].items()
    acknowledged = threading.Semaphore(0)
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311)
    client.username_pw_set(user, password)
    client.on_publish = lambda *_: acknowledged.release()
    while True:
        try:
            client.connect(host, int(port))
        except OSError:
            time.sleep(CONNECT_AGAIN_S)
        else:
            break
    client.loop_start()
    signal.setitimer(signal.ITIMER_PROF, WORKED_S, WORKED_S)
    signal.setitimer(signal.ITIMER_REAL, RESTED_S, RESTED_S)
    for number in count(1):
        # Retained, so that a subscriber knows from its first moment where the numbers stand.
        client.publish(topic, f"{number} {time.time_ns() // 1000}", qos=1, retain=True)
        acknowledged.acquire()
        signal.sigwait(BEATS)


if __name__ == "__main__":
    main(*sys.argv[1:])
