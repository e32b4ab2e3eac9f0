#!/usr/bin/env python3
"""A custom executor for the v1 executor API of Mesos, with nothing but Python's standard library.

It knows what the agent gave it in its environment and nothing else. Each task echoes its data into the
sandbox's stdout and is finished; one whose data is "wait" runs until it is killed, one whose data is
"until PATH" until there is a file at that path. When its framework has checkpoints it waits for an agent that is
gone, and tells it what it has not heard of; else it ends.
"""
import base64
import http.client
import json
import os
import random
import re
import sys
import threading
import time
import uuid

PATH = "/slave(1)/api/v1/executor"
FRAMEWORK_ID = {"value": os.environ["MESOS_FRAMEWORK_ID"]}
EXECUTOR_ID = {"value": os.environ["MESOS_EXECUTOR_ID"]}
HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}
TOKEN = os.environ.get("MESOS_EXECUTOR_AUTHENTICATION_TOKEN")
if TOKEN:
    HEADERS["Authorization"] = "Bearer " + TOKEN

def seconds(duration):
    number, unit = re.fullmatch(r"([0-9.]+)([a-z]+)", duration).groups()
    return float(number) * {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "secs": 1, "mins": 60, "hrs": 3600}[unit]


CHECKPOINT = os.environ["MESOS_CHECKPOINT"] == "1"
if CHECKPOINT:
    RECOVERY_TIMEOUT = seconds(os.environ["MESOS_RECOVERY_TIMEOUT"])
    SUBSCRIPTION_BACKOFF_MAX = seconds(os.environ["MESOS_SUBSCRIPTION_BACKOFF_MAX"])

unacknowledged_tasks = {}
unacknowledged_updates = {}
launched = set()


def connect():
    host, port = os.environ["MESOS_AGENT_ENDPOINT"].rsplit(":", 1)
    return http.client.HTTPConnection(host, int(port))


def call(connection, kind, **more):
    body = {"type": kind, "framework_id": FRAMEWORK_ID, "executor_id": EXECUTOR_ID, **more}
    connection.request("POST", PATH, json.dumps(body), HEADERS)
    return connection.getresponse()


def say(kind, **more):
    connection = connect()
    try:
        response = call(connection, kind, **more)
        if response.status != 202:
            print(kind, "was refused:", response.status, response.read().decode(), flush=True)
    except (OSError, http.client.HTTPException) as error:
        print(kind, "was not heard:", type(error).__name__, flush=True)
    connection.close()


def update(task_id, state, message):
    update_id = base64.b64encode(uuid.uuid4().bytes).decode()
    status = {
        "task_id": task_id,
        "executor_id": EXECUTOR_ID,
        "state": state,
        "source": "SOURCE_EXECUTOR",
        "message": message,
        "uuid": update_id,
    }
    unacknowledged_updates[update_id] = {"status": status}
    # Once more, if it was said just when the agent went or came.
    while update_id in unacknowledged_updates:
        say("UPDATE", update={"status": status})
        for _ in range(50):
            if update_id in unacknowledged_updates:
                time.sleep(0.02)


def run(task):
    data = base64.b64decode(task.get("data", "")).decode()
    update(task["task_id"], "TASK_RUNNING", "here")
    if data == "wait":
        return
    if data.startswith("until "):
        while not os.path.exists(data[6:]):
            time.sleep(0.02)
    print("task", task["task_id"]["value"], "says", data, flush=True)
    update(task["task_id"], "TASK_FINISHED", data.upper())


def records(response):
    while True:
        length = b""
        while not length.endswith(b"\n"):
            byte = response.read(1)
            if not byte:
                return
            length += byte
        yield json.loads(response.read(int(length)))


def hear(event):
    kind = event["type"]
    print("heard", kind, flush=True)
    if kind == "LAUNCH":
        task = event["launch"]["task"]
        if task["task_id"]["value"] in launched:
            return
        launched.add(task["task_id"]["value"])
        unacknowledged_tasks[task["task_id"]["value"]] = task
        threading.Thread(target=run, args=(task,)).start()
    elif kind == "ACKNOWLEDGED":
        acknowledged = event["acknowledged"]
        unacknowledged_tasks.pop(acknowledged["task_id"]["value"], None)
        unacknowledged_updates.pop(acknowledged["uuid"], None)
    elif kind == "KILL":
        killed = (event["kill"]["task_id"], "TASK_KILLED", "killed as asked")
        threading.Thread(target=update, args=killed).start()
    elif kind == "MESSAGE":
        data = base64.b64decode(event["message"]["data"])
        say("MESSAGE", message={"data": base64.b64encode(data[::-1]).decode()})
    elif kind == "ERROR":
        sys.exit(event["error"]["message"])


def subscribe():
    """Listens to the agent until that is gone, or until it is told to end."""
    response = call(connect(), "SUBSCRIBE", subscribe={
        "unacknowledged_tasks": list(unacknowledged_tasks.values()),
        "unacknowledged_updates": list(unacknowledged_updates.values()),
    })
    if response.status == 503:
        return
    if response.status != 200:
        sys.exit("SUBSCRIBE was refused: %d %s" % (response.status, response.read().decode()))
    try:
        for event in records(response):
            hear(event)
            if event["type"] == "SHUTDOWN":
                print("shut down", flush=True)
                os._exit(0)
    finally:
        global last_heard
        last_heard = time.monotonic()


print("process", os.getpid(), flush=True)
last_heard = time.monotonic()
while True:
    try:
        subscribe()
    except (OSError, http.client.HTTPException, ValueError) as error:
        print("the agent is gone:", type(error).__name__, flush=True)
    if not CHECKPOINT:
        sys.exit("it ends with the agent")
    if time.monotonic() - last_heard > RECOVERY_TIMEOUT:
        print("gave the agent up", flush=True)
        os._exit(1)
    time.sleep(random.uniform(0, SUBSCRIPTION_BACKOFF_MAX))
