"""What ingest counts for `/metrics`. No device or pilot labels: the page needs no token."""

from prometheus_client import Counter

received_messages = Counter("pilotbed_ingest_received_messages", "MQTT messages received from the broker")
received_bytes = Counter("pilotbed_ingest_received_bytes", "Bytes of their payloads")
committed_messages = Counter(
    "pilotbed_ingest_committed_messages", "Messages committed durably, dead letters included"
)
acked_messages = Counter(
    "pilotbed_ingest_acked_messages", "Messages acknowledged to the broker after the commit"
)
committed_readings = Counter(
    "pilotbed_ingest_committed_readings", "Readings committed durably, repeats included"
)
dead_letters = Counter("pilotbed_ingest_dead_letters", "Messages that could not be decoded", ["reason"])
ignored_retained = Counter("pilotbed_ingest_ignored_retained_messages", "Retained messages that are old news")
qos0_messages = Counter("pilotbed_ingest_qos0_messages", "Messages that a broker crash could have lost")
