"""The other end of TSIG, by dnspython. Messages are in hex, a line each.

ask KEY                        signs a request
answer KEY REQUEST             verifies a request and signs three messages that answer it
judge KEY REQUEST RESPONSE...  verifies the messages that answer a request; says of each what is the matter with it

KEY is hmac-sha256:name:base64, as `dig -y` takes it.
"""

import sys

import dns.exception
import dns.message
import dns.rrset
import dns.tsig


def ask(key):
    request = dns.message.make_query("svc.test.", "AXFR")
    request.use_tsig(key)
    yield request.to_wire().hex()


def answer(key, request):
    query = dns.message.from_wire(bytes.fromhex(request), keyring=key)
    context = None
    for host in ("a", "b", "c"):
        message = dns.message.make_response(query)
        message.answer.append(dns.rrset.from_text(f"{host}.svc.test.", 5, "IN", "A", "192.0.2.1"))
        yield message.to_wire(multi=True, tsig_ctx=context).hex()
        context = message.tsig_ctx


def judge(key, request, *responses):
    mac = dns.message.from_wire(bytes.fromhex(request), keyring=key).mac
    context = None
    for response in responses:
        wire = bytes.fromhex(response)
        try:
            message = dns.message.from_wire(wire, keyring=key, request_mac=mac, tsig_ctx=context, multi=True)
            context = message.tsig_ctx
            yield "good" if message.had_tsig else "not signed"
        except dns.exception.DNSException as error:
            yield type(error).__name__


if __name__ == "__main__":
    command, key_text, *messages = sys.argv[1:]
    algorithm, name, secret = key_text.split(":")
    for line in {"ask": ask, "answer": answer, "judge": judge}[command](dns.tsig.Key(name, secret, algorithm), *messages):
        print(line)
