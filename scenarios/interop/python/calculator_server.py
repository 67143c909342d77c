"""Q3: calculates for one client after the other."""

import socket


def calculate(request):
    try:
        a, operator, b = request.split()
        a, b = int(a), int(b)
    except ValueError:
        return "ERR:bad format"
    if operator in ("/", "%") and b == 0:
        return "ERR:division by zero"
    if operator == "+":
        return str(a + b)
    if operator == "-":
        return str(a - b)
    if operator == "*":
        return str(a * b)
    if operator == "/":
        return str(a // b)
    if operator == "%":
        return str(a % b)
    return "ERR:bad operator"


server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 45200))
server.listen(5)
while True:
    connection, address = server.accept()
    request = connection.recv(1024).decode()
    answer = calculate(request)
    print(request, "=", answer)
    connection.sendall(answer.encode())
    connection.close()
