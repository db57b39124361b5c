import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, isIPv6, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { Framing } from "../../src/server/framing.ts";
import type { Endpoint } from "../../src/server/transport.ts";
import type { TestClient } from "./listener-contract.ts";

/** Hands out what arrived in order, or waits for it. */
function inbox<T>() {
  const arrived: T[] = [];
  const waiting: ((item: T) => void)[] = [];
  return {
    put(item: T) {
      const receiver = waiting.shift();
      if (receiver === undefined) arrived.push(item);
      else receiver(item);
    },
    async take(): Promise<T> {
      return arrived.shift() ?? new Promise((resolve) => waiting.push(resolve));
    },
  };
}

export async function udpClient({ address, port }: Endpoint): Promise<TestClient> {
  const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
  const responses = inbox<Uint8Array>();
  socket.on("message", (response) => responses.put(Uint8Array.from(response)));
  socket.bind(0, address);
  await once(socket, "listening");
  return {
    port: socket.address().port,
    send: (request) => socket.send(request, port, address),
    receive: () => responses.take(),
    close: () => socket.close(),
  };
}

export function framed(...messages: readonly Uint8Array[]): Buffer {
  return Buffer.concat(messages.flatMap((message) => [Buffer.from([message.length >> 8, message.length]), message]));
}

export interface TcpClient extends TestClient {
  readonly socket: Socket;
  /** Octets as they are, framed or not. */
  write(octets: Uint8Array): void;
  /** Resolves when the server has closed its side, or the connection broke. */
  readonly closed: Promise<void>;
}

export async function tcpClient({ address, port }: Endpoint, localAddress = address): Promise<TcpClient> {
  const socket = connect({ host: address, port, localAddress, noDelay: true });
  const client = streamClient(socket);
  await once(socket, "connect");
  return { ...client, port: socket.localPort! };
}

export interface TlsClient extends TcpClient {
  readonly socket: TLSSocket;
}

/** Believes every certificate. Rejects when there is no agreement with the server. */
export async function tlsClient({ address, port }: Endpoint, options: ConnectionOptions = {}): Promise<TlsClient> {
  const socket = connectTls({ host: address, port, rejectUnauthorized: false, ALPNProtocols: ["dot"], ...options });
  const client = streamClient(socket);
  await once(socket, "secureConnect");
  return { ...client, socket, port: socket.localPort! };
}

function streamClient(socket: Socket): Omit<TcpClient, "port"> {
  const responses = inbox<Uint8Array>();
  const framing = new Framing();
  socket.on("data", (chunk) => {
    framing.push(chunk);
    for (let next = framing.next(); next !== undefined; next = framing.next()) responses.put(Uint8Array.from(next));
  });
  socket.on("error", () => {}); // a reset is one way for the server to close
  return {
    socket,
    send: (request) => socket.write(framed(request)),
    write: (octets) => socket.write(octets),
    receive: () => responses.take(),
    closed: new Promise((resolve) => socket.once("close", () => resolve())),
    close: () => socket.destroy(),
  };
}
