"""Calls App Engine's taskqueue, which Cloud Tasks serves: batches, purge and statistics."""

import functools
import os

os.environ["APPENGINE_USE_CLOUDTASK_PUSH_QUEUE"] = "true"
os.environ["GOOGLE_CLOUD_PROJECT"] = os.environ["PROJECT"]
os.environ["LOCATION_ID"] = os.environ["LOCATION"]

import grpc
from google.appengine.api import taskqueue
from google.cloud import tasks_v2, tasks_v2beta3
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport
from google.cloud.tasks_v2beta3.services.cloud_tasks.transports import (
    CloudTasksGrpcTransport as BetaTransport,
)

# The library has no setting for the address.
channel = grpc.insecure_channel(os.environ["CLOUD_TASKS_EMULATOR_HOST"])
tasks_v2.CloudTasksClient = functools.partial(
    tasks_v2.CloudTasksClient, transport=CloudTasksGrpcTransport(channel=channel)
)
tasks_v2beta3.CloudTasksClient = functools.partial(
    tasks_v2beta3.CloudTasksClient, transport=BetaTransport(channel=channel)
)


def error_of(call):
    try:
        call()
        return "OK"
    except taskqueue.Error as error:
        return type(error).__name__


queue = taskqueue.Queue("legacy")
retry = taskqueue.TaskRetryOptions(task_retry_limit=2, min_backoff_seconds=1)
single = queue.add(taskqueue.Task(name="single", url="/work", payload=b"hello", retry_options=retry))
print("add one", single.was_enqueued, single.name)
batch = queue.add([taskqueue.Task(name="a", url="/work"), taskqueue.Task(url="/work", countdown=60)])
print("add two", [task.was_enqueued for task in batch], batch[0].name, batch[1].name.isdigit())
again = [taskqueue.Task(name="a", url="/work"), taskqueue.Task(name="b", url="/work")]
print("add one of two again", error_of(lambda: queue.add(again)))
print("add none of two", error_of(lambda: queue.add([taskqueue.Task(name=name) for name in ("a", "b")])))
statistics = queue.fetch_statistics()
print("fetch_statistics", statistics.tasks, statistics.in_flight, statistics.oldest_eta_usec > 0)
deleted = queue.delete_tasks([taskqueue.Task(name="a"), taskqueue.Task(name="missing")])
print("delete_tasks", [task.was_deleted for task in deleted])
print("delete_tasks", [task.was_deleted for task in queue.delete_tasks([taskqueue.Task(name="missing")])])
queue.purge()
print("purge", queue.fetch_statistics().tasks)
print("unknown queue", error_of(lambda: taskqueue.Queue("none").add(taskqueue.Task(url="/"))))
print("unknown queue", error_of(lambda: taskqueue.Queue("none").fetch_statistics()))
