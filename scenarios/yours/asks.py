"""Asks twenty questions, each until its answer comes, and counts how often it had to ask again."""

import json
import os
import socket
import sys

asked_again = 0
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
    client.connect((sys.argv[1], int(sys.argv[2])))
    client.settimeout(0.1)
    for number in range(1, 21):
        question = "twenty" if number == 20 else f"question {number}"
        while True:
            client.send(question.encode())
            try:
                answer = client.recv(2000).decode()
            except TimeoutError:
                asked_again += 1
                continue
            if answer == question.upper():  # not a late one to the question before
                break
        print(f"answer {number}: {answer}")

if "BADWIRE_METRICS" in os.environ:
    with open(os.environ["BADWIRE_METRICS"], "w") as metrics:
        json.dump({"asked_again": asked_again}, metrics)
