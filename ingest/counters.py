"""What ingest counts for `/metrics`. No device or pilot labels: the page needs no token."""

from prometheus_client import Counter, Gauge, Histogram

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
set_aside = Counter("pilotbed_ingest_set_aside", "What was understood and is no reading", ["reason"])
ignored_retained = Counter("pilotbed_ingest_ignored_retained_messages", "Retained messages that are old news")
qos0_messages = Counter("pilotbed_ingest_qos0_messages", "Messages that a broker crash could have lost")

batch_messages = Histogram(
    "pilotbed_ingest_batch_messages", "Messages in a commit", buckets=(1, 10, 100, 500, 1_000, 2_500, 5_000)
)
commit_seconds = Histogram(
    "pilotbed_ingest_commit_seconds",
    "Seconds from the first decode of a batch to its durable commit",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
waiting_messages = Gauge("pilotbed_ingest_waiting_messages", "Messages received and not yet committed")
lag_seconds = Gauge("pilotbed_ingest_lag_seconds", "How long the oldest of them has waited; 0 without any")
store_available = Gauge(
    "pilotbed_ingest_store_available", "1 while commits succeed, 0 while they are retried"
)
connected = Gauge("pilotbed_ingest_connected", "1 while subscribed at the broker")
broker_losses = Counter(
    "pilotbed_ingest_broker_losses", "Times that the embedded broker dropped what it had acknowledged"
)
sessions_lost = Counter(
    "pilotbed_ingest_sessions_lost", "Times that the broker had forgotten our session, and what it queued"
)
