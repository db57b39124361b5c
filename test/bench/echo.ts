import { createSocket } from "node:dgram";

/** What a UDP answer costs at least in Node: whatever arrives goes back as it came, with QR set. The argument is the port. */
const socket = createSocket({ type: "udp4", lookup: (address, _, found) => found(null, address, 4) });
socket.on("message", (message, { address, port }) => {
  message[2]! |= 0x80;
  socket.send(message, port, address);
});
socket.bind(Number(process.argv[2]), "127.0.0.1");
