import { randomInt } from "node:crypto";
import { connect, isIPv6, SocketAddress } from "node:net";
import { Packet, UDPClient } from "dns2";
import { labelsOf, type Name, nameText } from "../dns/name.ts";
import { HEADER_OCTETS } from "../dns/numbers.ts";
import { type Endpoint, endpointText } from "../settings.ts";
import { CommandError, EXIT } from "./io.ts";
import type { Question } from "./question.ts";

const TIMEOUT_MS = 3000;

/** Asks a server over UDP, and over TCP what UDP cut short, or all when told so. Throws CommandError when it is unreachable. */
export async function askServer(server: Endpoint, question: Question, isTcpOnly: boolean): Promise<Packet> {
  try {
    const response = isTcpOnly ? undefined : await overUdp(server, question);
    return response === undefined || response.header.tc === 1 ? await overTcp(server, question) : response;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const message = `Cannot reach the DNS server ${endpointText(server)}: ${(error as Error).message}`;
    throw new CommandError(EXIT.unreachable, message);
  }
}

async function overUdp({ address, port }: Endpoint, { name, type }: Question): Promise<Packet> {
  // dns2 takes the type by name, and knows 22 of them; under this one it leaves the RDATA as octets.
  const types: Record<string, number> = Packet.TYPE;
  types[`TYPE${type}`] = type;
  const socketType = isIPv6(address) ? "udp6" : "udp4";
  // Its own retry over TCP takes an IPv6 address apart at the colons, and waits for ever.
  const ask = UDPClient({ dns: canonical(address), port, socketType, timeout: TIMEOUT_MS, retryOverTCP: false });
  return ask(plainName(name), `TYPE${type}`, Packet.CLASS.IN, { recursive: false });
}

/** As the socket will call the sender of the answer: dns2 compares texts. */
function canonical(address: string): string {
  if (!isIPv6(address) || address.includes("%")) return address;
  return new SocketAddress({ address, family: "ipv6" }).address;
}

async function overTcp({ address, port }: Endpoint, { name, type }: Question): Promise<Packet> {
  const query = new Packet();
  query.header = new Packet.Header({ id: randomInt(0x1_0000) });
  query.questions.push(new Packet.Question({ name: plainName(name), type, class: Packet.CLASS.IN }));
  const message = query.toBuffer();
  const socket = connect(port, address);
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no answer over TCP within ${TIMEOUT_MS} ms`)));
  try {
    socket.write(Buffer.concat([Buffer.of(message.length >>> 8, message.length & 0xff), message]));
    const response = await Packet.readStream(socket);
    if (response.length < HEADER_OCTETS) throw new Error("the connection was closed without an answer");
    return Packet.parse(response);
  } finally {
    socket.destroy();
  }
}

/** dns2 has no escapes: its names are labels joined by dots. */
function plainName(name: Name): string {
  const labels = labelsOf(name);
  if (!labels.some((label) => label.includes("."))) return labels.join(".");
  const message = `Cannot ask for ${nameText(name)} over the network as a label must not contain a dot; \`muster ask\` can`;
  throw new CommandError(EXIT.usage, message);
}
