// An echo server that takes half a second for each line, and its client: over TCP with a thread for
// each client, then UDP, then multicast.

import java.io.*;
import java.net.*;

public class Echo {
    static String text(DatagramPacket packet) {
        return new String(packet.getData(), 0, packet.getLength());
    }

    static DatagramPacket empty() {
        return new DatagramPacket(new byte[100], 100);
    }

    static void servePackets() {
        try (DatagramSocket socket = new DatagramSocket(5001)) {
            while (true) {
                DatagramPacket packet = empty();
                socket.receive(packet);
                byte[] answer = text(packet).toUpperCase().getBytes();
                socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
            }
        } catch (IOException failed) {
            failed.printStackTrace();
        }
    }

    static void serveClient(Socket client) {
        try (client) {
            BufferedReader reader = new BufferedReader(new InputStreamReader(client.getInputStream()));
            PrintWriter writer = new PrintWriter(client.getOutputStream(), true);
            for (String line; (line = reader.readLine()) != null;) {
                Thread.sleep(500);
                writer.println(line.toUpperCase());
            }
        } catch (Exception failed) {
            failed.printStackTrace();
        }
    }

    public static void main(String[] words) throws Exception {
        if (words[0].equals("server")) {
            ServerSocket listener = new ServerSocket(5000);
            new Thread(Echo::servePackets).start();
            while (true) {
                Socket client = listener.accept();
                new Thread(() -> serveClient(client)).start();
            }
        }
        long began = System.currentTimeMillis();
        Socket server = new Socket("localhost", 5000);
        PrintWriter writer = new PrintWriter(server.getOutputStream(), true);
        BufferedReader reader = new BufferedReader(new InputStreamReader(server.getInputStream()));
        for (int i = 0; i < 3; i++) {
            writer.println("hello " + i);
            System.out.println(reader.readLine());
        }
        DatagramSocket socket = new DatagramSocket();
        socket.setSoTimeout(1000);
        byte[] world = "world".getBytes();
        socket.send(new DatagramPacket(world, world.length, InetAddress.getByName("127.0.0.1"), 5001));
        DatagramPacket packet = empty();
        socket.receive(packet);
        System.out.println(text(packet));
        try {
            socket.receive(packet);
        } catch (SocketTimeoutException late) {
            System.out.println("true " + (System.currentTimeMillis() - began) / 100);
        }
        MulticastSocket member = new MulticastSocket(6000);
        member.joinGroup(new InetSocketAddress(InetAddress.getByName("230.0.0.1"), 6000), null);
        socket.send(new DatagramPacket(world, world.length, InetAddress.getByName("230.0.0.1"), 6000));
        member.receive(packet);
        System.out.println("group " + text(packet));
    }
}
