"""4.6: several clients as threads of one program, which come half a second apart."""

import socket
import threading
import time


def ask(count):
    begin = time.time()
    client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    client.connect(("127.0.0.1", 4000))
    client.sendall(str(count).encode())
    total = client.recv(1024).decode()
    print(f"Sum to {count}: {total} after {time.time() - begin:.2f} s")
    client.close()


threads = []
for count in 20, 5, 10:
    thread = threading.Thread(target=ask, args=(count,))
    thread.start()
    threads.append(thread)
    time.sleep(0.5)
for thread in threads:
    thread.join()
