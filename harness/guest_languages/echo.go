// An echo server that takes half a second for each line, and its client: both over TCP, then UDP.
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

func serve() {
	go func() {
		packets, _ := net.ListenPacket("udp", "127.0.0.1:5001")
		buffer := make([]byte, 100)
		for {
			length, from, _ := packets.ReadFrom(buffer)
			packets.WriteTo([]byte(strings.ToUpper(string(buffer[:length]))), from)
		}
	}()
	listener, failed := net.Listen("tcp", ":5000")
	if failed != nil {
		fmt.Println(failed)
		return
	}
	for {
		client, _ := listener.Accept()
		go func() {
			reader := bufio.NewReader(client)
			for {
				line, failed := reader.ReadString('\n')
				if failed != nil {
					client.Close()
					return
				}
				time.Sleep(500 * time.Millisecond)
				fmt.Fprint(client, strings.ToUpper(line))
			}
		}()
	}
}

func main() {
	if os.Args[1] == "server" {
		serve()
		return
	}
	began := time.Now()
	server, failed := net.Dial("tcp", "localhost:5000")
	if failed != nil {
		fmt.Println(failed)
		os.Exit(1)
	}
	reader := bufio.NewReader(server)
	for i := 0; i < 3; i++ {
		fmt.Fprintf(server, "hello %d\n", i)
		line, _ := reader.ReadString('\n')
		fmt.Print(line)
	}
	packets, _ := net.Dial("udp", "127.0.0.1:5001")
	packets.Write([]byte("world"))
	buffer := make([]byte, 100)
	length, _ := packets.Read(buffer)
	fmt.Println(string(buffer[:length]))
	packets.SetReadDeadline(time.Now().Add(time.Second))
	_, failed = packets.Read(buffer)
	fmt.Println(failed.(net.Error).Timeout(), time.Since(began).Milliseconds()/100)
}
