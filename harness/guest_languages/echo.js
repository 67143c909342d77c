// An echo server that takes half a second for each line, and its client: over TCP, then UDP.
const dgram = require('dgram');
const net = require('net');

function serve() {
  net.createServer(client => client.on('data', data =>
    setTimeout(() => client.write(data.toString().toUpperCase()), 500))).listen(5000, '127.0.0.1');
  const packets = dgram.createSocket('udp4');
  packets.on('message', (data, from) => packets.send(data.toString().toUpperCase(), from.port, from.address));
  packets.bind(5001, '127.0.0.1');
}

function ask() {
  const began = Date.now();
  let asked = 0;
  const server = net.connect(5000, 'localhost', () => server.write('hello 0'));
  server.on('data', data => {
    console.log(data.toString());
    if (++asked < 3) return server.write(`hello ${asked}`);
    server.end();
    const packets = dgram.createSocket('udp4');
    packets.on('message', world => {
      console.log(world.toString());
      setTimeout(() => {
        console.log('true', Math.floor((Date.now() - began) / 100));
        packets.close();
      }, 1000);
    });
    packets.send('world', 5001, '127.0.0.1');
  });
}

process.argv[2] === 'server' ? serve() : ask();
