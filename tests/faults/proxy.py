"""A way to a TCP port that can be cut, held up, slowed and mended."""

import contextlib
import socket
import threading

LOOPBACK = "127.0.0.1"
CHUNK = 65_536
CONNECTS_WITHIN_S = 10


class Proxy:
    """Forwards connections to `target`; a cut one ends at both sides, as when a router reboots."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port = int(self._listener.getsockname()[1])
        self._whole = True
        self._flowing = threading.Event()
        self._flowing.set()
        self._sockets: set[socket.socket] = set()
        self._changing = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def is_used(self) -> bool:
        """Whether a connection stands."""
        return bool(self._sockets)

    def cut(self) -> None:
        """End every connection, and each new one at once; what is on its way is lost."""
        with self._changing:
            self._whole = False
            for each in self._sockets:
                # Pumps in recv wake from a shutdown, not from a close.
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            self._sockets.clear()

    def mend(self) -> None:
        self._whole = True

    def stall(self) -> None:
        """Connections stand, and nothing comes through."""
        self._flowing.clear()

    def resume(self) -> None:
        self._flowing.set()

    def close(self) -> None:
        # A thread in accept wakes from a shutdown, not from a close, and would hold the port.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        self.resume()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            with self._changing:
                if not self._whole:
                    near.close()
                    continue
                try:
                    # `cut` waits for us: a broker that takes no connections must not hold it up for ever.
                    far = socket.create_connection((LOOPBACK, self._target), timeout=CONNECTS_WITHIN_S)
                    far.settimeout(None)
                except OSError:
                    near.close()
                    continue
                self._sockets |= {near, far}
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while received := source.recv(CHUNK):
                self._flowing.wait()
                sink.sendall(received)
        with self._changing:
            self._sockets -= {source, sink}
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
