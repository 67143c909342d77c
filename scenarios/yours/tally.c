/* Counts the bytes that so many clients send, one client after the other. usage: tally PORT CLIENTS */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return 1;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: tally PORT CLIENTS\n");
        return 2;
    }
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (listener < 0) return fail("socket");
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) return fail("bind");
    if (listen(listener, 16) < 0) return fail("listen");

    long bytes = 0;
    for (int left = atoi(argv[2]); left > 0; --left) {
        int client = accept(listener, NULL, NULL);
        if (client < 0) return fail("accept");
        char buffer[1000];
        ssize_t length;
        while ((length = read(client, buffer, sizeof buffer)) > 0) bytes += length;
        if (length < 0) return fail("read");
        close(client);
    }
    printf("%s clients sent %ld bytes\n", argv[2], bytes);
    return 0;
}
