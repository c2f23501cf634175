"""The process that a ``WorkerPool`` starts: receives a job, then tasks, and answers each."""

import signal
import sys
from multiprocessing.connection import Connection

from src.rendering.pool import Job


def serve(connection: Connection) -> None:
    """Answer each task with a result; an error is sent to the parent and ends the process."""
    try:
        job: Job = connection.recv()
        job.start()
        connection.send(("ready", None))
        while True:
            message = connection.recv()
            if message == "restart":
                job.start()
            else:
                connection.send(("result", job.run(*message)))
    except EOFError:
        return  # the parent has ended
    except Exception as error:  # sent to the parent, which raises it
        connection.send(("error", error))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when workers end
    serve(Connection(int(sys.argv[1])))
