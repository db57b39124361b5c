/** What looks at an instance, and how often. Stored as registered: what was left out stays out, but for the timing. */
export type Check = CheckTiming &
  (HttpCheck | TcpCheck | TlsCheck | UdpCheck | DnsCheck | GrpcCheck | ExecCheck | AliasCheck);

export type CheckKind = Check["kind"];
export type CheckOf<K extends CheckKind> = Extract<Check, { kind: K }>;

export interface CheckTiming {
  readonly intervalSeconds: number;
  /** Less than the interval: a probe ends before the next one of the same check begins. */
  readonly timeoutSeconds: number;
  /** Results in a row that make a state: 1 or more. */
  readonly passAfter: number;
  readonly failAfter: number;
}

export interface HttpCheck {
  readonly kind: "http";
  /** Absolute (http or https), or a path on the instance's own first address and first port, over TLS when `tls` is given. */
  readonly url: string;
  /** GET when absent. */
  readonly method?: HttpMethod;
  /** By name in lower case. Values may be secrets: see check-secrets.ts. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** `404` or `200-299`, any of which passes; 200–299 when absent. */
  readonly expectStatus?: readonly string[];
  readonly expectBody?: BodyExpectation;
  /** Redirects followed at most; 0 when absent. */
  readonly redirects?: number;
  readonly tls?: TlsOptions;
}

export const HTTP_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];

export type BodyExpectation =
  | { readonly text: string }
  /** A regular expression, found anywhere. */
  | { readonly pattern: string }
  /** A JSON pointer (RFC 6901) and the value it must find; absent, any value will do. */
  | { readonly pointer: string; readonly equals?: string | number | boolean | null };

/** Where a check turns to; what is absent is the instance's own first address, or first port. */
export interface CheckEndpoint {
  readonly address?: string;
  readonly port?: number;
}

/** Text stands for its octets in UTF-8. */
export type Payload = string | { readonly hex: string };

export interface TcpCheck extends CheckEndpoint {
  readonly kind: "tcp";
  readonly send?: Payload;
  /** Passes when this stands anywhere in the first 64 KiB that come back. */
  readonly expect?: Payload;
}

export interface UdpCheck extends CheckEndpoint {
  readonly kind: "udp";
  readonly send: Payload;
  /** Passes when this stands anywhere in a datagram that comes back. Absent: any answer, and silence, will do. */
  readonly expect?: Payload;
}

export interface TlsOptions {
  /** The name that is asked for (SNI) and that the certificate must bear; the host when absent. */
  readonly serverName?: string;
  /** Certificates in PEM that are trusted instead of the well-known authorities. */
  readonly ca?: string;
  /** Any certificate will do. */
  readonly skipVerify?: boolean;
  /** The client's own certificate and its key in PEM: both or none. */
  readonly certificate?: string;
  readonly key?: string;
}

export interface TlsCheck extends CheckEndpoint {
  readonly kind: "tls";
  readonly tls?: TlsOptions;
  /** Days before the certificate expires from which on the check warns, and fails; absent: never, and when it has. */
  readonly warningDays?: number;
  readonly criticalDays?: number;
}

export interface DnsCheck extends CheckEndpoint {
  readonly kind: "dns";
  readonly name: string;
  /** Mnemonic of a type; A when absent. */
  readonly type?: string;
  /** Mnemonic of an rcode; NOERROR when absent. */
  readonly expectRcode?: string;
  /** RDATA of that type in presentation form, which one record of the answer must have. */
  readonly expectAnswer?: string;
}

/** grpc.health.v1.Health/Check. */
export interface GrpcCheck extends CheckEndpoint {
  readonly kind: "grpc";
  /** The service asked about; the server as a whole when absent. */
  readonly service?: string;
  /** In clear when absent. */
  readonly tls?: TlsOptions;
}

export interface ExecCheck {
  readonly kind: "exec";
  /** The program and its arguments; no shell reads them. */
  readonly command: readonly string[];
}

export interface AliasCheck {
  readonly kind: "alias";
  readonly service: string;
  /** One instance of it; absent: the service, of which one instance must pass. */
  readonly instance?: string;
}
