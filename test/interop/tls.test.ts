import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { selfSigned } from "../health/self-signed.ts";
import { startMuster } from "./muster.ts";
import { directoryWith, eventually, ownAddress, run } from "./processes.ts";
import { testWith } from "./programs.ts";

const TLS_PORT = "8853";

/** The server with DNS over TLS at an address of its own, its certificate for `ns.test` in a file, and one instance. */
async function startWithTls() {
  const directory = directoryWith();
  const files = { certificate: join(directory, "certificate.pem"), key: join(directory, "key.pem") };
  const write = ({ cert, key }: { readonly cert: string; readonly key: string }) => {
    writeFileSync(files.certificate, cert);
    writeFileSync(files.key, key);
  };
  write(selfSigned("ns.test"));
  const address = ownAddress();
  const muster = await startMuster({
    MUSTER_DNS_LISTEN: `${address}:0`,
    MUSTER_DNS_TLS_LISTEN: `${address}:${TLS_PORT}`,
    MUSTER_DNS_TLS_CERTIFICATE: files.certificate,
    MUSTER_DNS_TLS_KEY: files.key,
  });
  await muster.curl("PUT", "/v1/services/web/instances/i-1", { address: "10.0.0.5", port: 80 });
  /** Asks over TLS and believes a server only if it proves this name with what stands in `ca`. */
  const kdig = (name: string, ca: string, ...args: string[]) =>
    run("kdig", `@${address}`, "-p", TLS_PORT, `+tls-ca=${ca}`, `+tls-hostname=${name}`, "+timeout=5", ...args);
  return { muster, address, files, write, kdig };
}

testWith(
  "kdig",
  "curl",
  "dig",
)("kdig over TLS believes the name, and gets what dig gets, padded (RFC 7858, RFC 8467)", async () => {
  const { muster, files, kdig } = await startWithTls();
  const answer = await kdig("ns.test", files.certificate, "web.svc.internal", "A");
  expect(answer).toMatch(/10\.0\.0\.5/);
  expect(answer).toMatch(/;; PADDING: [0-9]+ B/);
  expect(answer).toMatch(/;; Received 468 B/);
  expect(await muster.rdata("web.svc.internal", "A")).toEqual(["10.0.0.5"]);
  await expect(kdig("other.test", files.certificate, "web.svc.internal", "A")).rejects.toThrow(/TLS, handshake failed/);
});

testWith(
  "dig",
  "kdig",
  "curl",
)("dig and kdig transfer the zone over TLS (RFC 9103)", async () => {
  const { muster, address, files, kdig } = await startWithTls();
  const transfer = ["svc.internal", "AXFR"];
  const records = (output: string) =>
    output
      .split("\n")
      .filter((line) => /^[^;\s]/.test(line))
      .map((line) => line.replace(/\s+/g, " "));
  const plain = records(await muster.dig("+tcp", ...transfer));
  expect(plain.some((line) => line.endsWith("A 10.0.0.5"))).toBe(true);
  expect(records(await run("dig", `@${address}`, "-p", TLS_PORT, "+tls", ...transfer))).toEqual(plain);
  expect(records(await kdig("ns.test", files.certificate, ...transfer))).toEqual(plain);
});

testWith(
  "kdig",
  "curl",
  "dig",
)("SIGHUP shows a renewed certificate; one that cannot be used is not taken", async () => {
  const { muster, write, kdig } = await startWithTls();
  const renewed = selfSigned("renewed.test");
  const renewedFile = join(directoryWith(), "renewed.pem");
  writeFileSync(renewedFile, renewed.cert);
  const isRenewedShown = () =>
    kdig("renewed.test", renewedFile, "web.svc.internal", "A").then(
      () => true,
      () => undefined,
    );
  expect(await isRenewedShown()).toBe(undefined);
  write(renewed);
  muster.signal("SIGHUP");
  await eventually(isRenewedShown, () => `the renewed certificate is shown:\n${muster.lines.join("\n")}`);

  write({ ...renewed, key: selfSigned("faulty.test").key });
  muster.signal("SIGHUP");
  await eventually(
    () => muster.lines.find((line) => line.includes("Cannot use the TLS certificate")),
    () => `the log tells of the faulty key:\n${muster.lines.join("\n")}`,
  );
  expect(await isRenewedShown()).toBe(true);
});
