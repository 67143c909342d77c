"""4.4: prints the employee that a client sends."""

import pickle
import socket

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 5000))
server.listen(1)
connection, address = server.accept()
data = b""
while part := connection.recv(4096):
    data += part
employee = pickle.loads(data)
print("ID:", employee.emp_id)
print("Name:", employee.name)
print("Salary:", employee.salary)
connection.close()
server.close()
