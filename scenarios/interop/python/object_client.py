"""4.4: sends an employee."""

import pickle
import socket

from employee import Employee

client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect(("127.0.0.1", 5000))
client.sendall(pickle.dumps(Employee(101, "Alice", 45000)))
print("Object sent")
client.close()
