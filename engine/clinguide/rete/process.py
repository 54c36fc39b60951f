"""One worker process and its pipes: every wait has an end, and everything that goes wrong is an `EngineFault`."""

import os
import select
import signal
import subprocess
from contextlib import suppress
from time import monotonic

LONGEST_ANSWER = 4 * 2**20
LONGEST_COMPLAINT = 2000
POLITE = 0.5
"""Seconds that a worker gets to end by itself when it is no longer needed."""


class EngineFault(Exception):  # noqa: N818 - the contract's name
    """The second engine gave no answer that can be used; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Process:
    """A worker in a session of its own. One line is sent, one line comes back, or it is a fault."""

    def __init__(self, command: tuple[str, ...]) -> None:
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0, start_new_session=True
            )
        except OSError as error:
            raise EngineFault(f"the second engine could not be started: {error}") from error
        assert self._process.stdin and self._process.stdout and self._process.stderr  # noqa: PT018 - all are pipes
        self._requests, self._answers, self._complaints = (
            self._process.stdin,
            self._process.stdout,
            self._process.stderr,
        )
        # A worker that does not read must not hold the writer beyond its limit.
        os.set_blocking(self._requests.fileno(), False)
        self._owner = os.getpid()
        self._answer = bytearray()
        self._complaint = b""

    @property
    def pid(self) -> int:
        """The process id of the worker."""
        return self._process.pid

    def exchange(self, request: bytes, within: float) -> bytes:
        """Send a line and return the line that answers it; EngineFault after `within` seconds or at any oddity."""
        deadline = monotonic() + within
        poll = select.poll()
        for pipe, event in (
            (self._requests, select.POLLOUT),
            (self._answers, select.POLLIN),
            (self._complaints, select.POLLIN),
        ):
            poll.register(pipe, event)
        unsent = memoryview(request)
        self._answer = bytearray()
        while (left := deadline - monotonic()) > 0:
            ready = {number for number, _ in poll.poll(left * 1000)}
            if self._complaints.fileno() in ready and not self._listen():
                poll.unregister(self._complaints)
            if self._requests.fileno() in ready:
                unsent = unsent[self._send(unsent) :]
                if not unsent:
                    poll.unregister(self._requests)
            if self._answers.fileno() in ready and (line := self._receive()):
                return line
        raise EngineFault(f"the second engine did not answer within {within:g} s{self._said()}")

    def _send(self, unsent: memoryview) -> int:
        try:
            return os.write(self._requests.fileno(), unsent)
        except BlockingIOError:
            return 0
        except BrokenPipeError:
            raise EngineFault(f"the second engine {self._end()}") from None

    def _receive(self) -> bytes | None:
        """The whole line, or nothing yet."""
        chunk = os.read(self._answers.fileno(), 2**16)
        self._answer += chunk
        if not chunk:
            middle = " in the middle of an answer" if self._answer else ""
            raise EngineFault(f"the second engine {self._end()}{middle}")
        end = chunk.find(b"\n")
        if 0 <= end < len(chunk) - 1 or len(self._answer) > LONGEST_ANSWER:
            raise EngineFault(f"the second engine answered more than was asked{self._said()}")
        return bytes(self._answer) if end >= 0 else None

    def _listen(self) -> bool:
        """Keep the end of what the worker complains about; False when it closed the pipe."""
        chunk = os.read(self._complaints.fileno(), 2**16)
        self._complaint = (self._complaint + chunk)[-LONGEST_COMPLAINT:]
        return bool(chunk)

    def _end(self) -> str:
        """How the worker ended, in words."""
        try:
            code = self._process.wait(POLITE)
        except subprocess.TimeoutExpired:
            return f"closed its pipe{self._said()}"
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        return how + self._said()

    def _said(self) -> str:
        while select.select([self._complaints], [], [], 0)[0] and self._listen():
            pass
        last = self._complaint.decode(errors="replace").strip().rpartition("\n")[2]
        return f" ({last})" if last else ""

    def stop(self, *, politely: bool = False) -> None:
        """End the worker, at once unless `politely`, and close the pipes; a forked child owns only the pipes."""
        self._requests.close()
        if os.getpid() == self._owner:
            if politely:
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(POLITE)
            if self._process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        else:
            # Not a child of this process, so nobody here can wait for it.
            self._process.returncode = 0
        self._answers.close()
        self._complaints.close()
