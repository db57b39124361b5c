import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { base64Text } from "../../src/dns/text-encodings.ts";
import { KEY, keyText } from "../support/tsig-ends.ts";
import { type Muster, startMuster } from "./muster.ts";
import { directoryWith, eventually, freePort, ownAddress, run, start } from "./processes.ts";
import { testWith } from "./programs.ts";

const ZONE = `
$ORIGIN example.org.
$TTL 300
@   SOA ns hostmaster 100 60 10 600 60
@   NS  ns
ns  A   127.0.0.1
app A   192.0.2.1
`;

interface Authority {
  /** Of the ACME directory. */
  readonly url: string;
  /** The file of the certificate by which clients know it. */
  readonly certificate: string;
}

/** Runs pebble, which looks challenges up at our server. */
async function startPebble({ address: dnsAddress, port: dnsPort }: Muster): Promise<Authority> {
  const address = ownAddress();
  const listen = async () => `${address}:${await freePort(address)}`;
  const [acme, management] = [await listen(), await listen()];
  const directory = directoryWith();
  const [certificate, privateKey] = [join(directory, "cert.pem"), join(directory, "key.pem")];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", privateKey];
  const subject = ["-days", "1", "-subj", "/CN=pebble", "-addext", `subjectAltName=IP:${address}`];
  await run("openssl", "req", "-x509", "-out", certificate, ...key, ...subject);
  const pebble = { listenAddress: acme, managementListenAddress: management, certificate, privateKey };
  const config = join(directoryWith({ "pebble.json": JSON.stringify({ pebble }) }), "pebble.json");
  // It would wait for up to 15 s before each look, and reject one nonce in twenty.
  const env = { ...process.env, PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "0" };
  const running = start("pebble", ["-config", config, "-dnsserver", `${dnsAddress}:${dnsPort}`], env);
  const url = `https://${acme}/dir`;
  await eventually(
    () => run("curl", "--silent", "--cacert", certificate, url).catch(() => undefined),
    () => `pebble listens:\n${running.lines.join("\n")}`,
  );
  return { url, certificate };
}

/** Lets lego obtain a certificate by DNS-01 challenges (RFC 8555 §8.4). */
async function obtain({ address, port }: Muster, { url, certificate }: Authority, domains: readonly string[]) {
  const directory = directoryWith();
  const server = `${address}:${port}`;
  const env = {
    ...process.env,
    LEGO_CA_CERTIFICATES: certificate,
    RFC2136_NAMESERVER: server,
    RFC2136_TSIG_KEY: "key.example.",
    RFC2136_TSIG_ALGORITHM: "hmac-sha256.",
    RFC2136_TSIG_SECRET: base64Text(KEY.secret),
    RFC2136_SEQUENCE_INTERVAL: "1",
  };
  const account = ["--server", url, "--path", directory, "--email", "admin@example.org", "--accept-tos"];
  // Its own look at the name servers would ask port 53.
  const dns = ["--dns", "rfc2136", "--dns.resolvers", server, "--dns.disable-cp"];
  const lego = start("lego", [...account, ...dns, ...domains.flatMap((domain) => ["--domains", domain]), "run"], env);
  expect(await lego.ended, lego.lines.join("\n")).toBe(0);
  return new X509Certificate(readFileSync(join(directory, "certificates", `${domains[0]}.crt`)));
}

testWith(
  "lego",
  "pebble",
  "openssl",
  "curl",
  "dig",
)("lego obtains a certificate for a static name and for a service by DNS-01, and leaves nothing behind", async () => {
  const muster = await startMuster({
    MUSTER_DNS_KEYS: keyText(KEY),
    MUSTER_DNS_UPDATE: "key.example subtree example.org TXT, key.example subtree svc.internal TXT",
    MUSTER_ZONES_DIR: directoryWith({ "example.org.zone": ZONE }),
  });
  await muster.curl("PUT", "/v1/services/web/instances/a", { address: "10.0.0.1", port: 8443 });
  const domains = ["app.example.org", "web.svc.internal"];
  const certificate = await obtain(muster, await startPebble(muster), domains);
  expect(certificate.subjectAltName?.split(", ").sort()).toEqual(domains.map((domain) => `DNS:${domain}`));
  for (const domain of domains)
    expect(await muster.dig(`_acme-challenge.${domain}`, "TXT")).toContain("status: NXDOMAIN");
  expect(await muster.rdata("app.example.org", "A")).toEqual(["192.0.2.1"]);
});
