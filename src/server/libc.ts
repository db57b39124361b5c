import { getSystemErrorName } from "node:util";

/**
 * The functions of libc that the batched UDP loop is made of: Linux on x64 and arm64, glibc and musl. Memory is given by its
 * address (see `Pinned`). Each returns what libc does, and where libc returns −1 the error number, negative (−EAGAIN).
 */
export interface Libc {
  recvmmsg(fd: number, messages: number, count: number, flags: number): number;
  sendmmsg(fd: number, messages: number, count: number, flags: number): number;
  poll(fds: number, count: number, timeoutMs: number): number;
  socket(family: number, type: number, protocol: number): number;
  bind(fd: number, address: number, octets: number): number;
  getsockname(fd: number, address: number, octets: number): number;
  setsockopt(fd: number, level: number, name: number, value: number, octets: number): number;
  getsockopt(fd: number, level: number, name: number, value: number, octets: number): number;
  eventfd(initial: number, flags: number): number;
  read(fd: number, into: number, octets: number): number;
  write(fd: number, from: number, octets: number): number;
  close(fd: number): number;
  /** The address of a buffer's first octet. */
  addressOf(bytes: Uint8Array): number;
}

export const EINTR = 4;
export const EAGAIN = 11;

/** The kernel's numbers of the two calls, by architecture. */
const CALLS: Readonly<Record<string, { readonly recvmmsg: number; readonly sendmmsg: number }>> = {
  x64: { recvmmsg: 299, sendmmsg: 307 },
  arm64: { recvmmsg: 243, sendmmsg: 269 },
};

/** Loads libc into this thread. Rejects where the batched loop cannot be: its message says why. */
export async function loadLibc(): Promise<Libc> {
  const calls = CALLS[process.arch];
  if (process.platform !== "linux" || calls === undefined)
    throw new Error(
      `Cannot batch datagrams as this needs Linux on x64 or arm64: got ${process.platform} ${process.arch}`,
    );
  const { address, errno, load } = await import("koffi");
  const library = load(null);
  const func = (definition: string) => {
    const call = library.func(definition);
    return (...given: readonly number[]): number => {
      const result: number = call(...given);
      return result === -1 ? -errno() : result;
    };
  };
  // The system call and not musl's function of this name, which sends the messages one by one.
  const mmsg = func("int syscall(long call, int fd, uintptr_t messages, uint count, int flags, uintptr_t timeout)");
  return {
    recvmmsg: (fd, messages, count, flags) => mmsg(calls.recvmmsg, fd, messages, count, flags, 0),
    sendmmsg: (fd, messages, count, flags) => mmsg(calls.sendmmsg, fd, messages, count, flags, 0),
    poll: func("int poll(uintptr_t fds, ulong count, int timeoutMs)"),
    socket: func("int socket(int family, int type, int protocol)"),
    bind: func("int bind(int fd, uintptr_t address, uint32_t octets)"),
    getsockname: func("int getsockname(int fd, uintptr_t address, uintptr_t octets)"),
    setsockopt: func("int setsockopt(int fd, int level, int name, uintptr_t value, uint32_t octets)"),
    getsockopt: func("int getsockopt(int fd, int level, int name, uintptr_t value, uintptr_t octets)"),
    eventfd: func("int eventfd(uint initial, int flags)"),
    read: func("long read(int fd, uintptr_t into, size_t octets)"),
    write: func("long write(int fd, uintptr_t from, size_t octets)"),
    close: func("int close(int fd)"),
    addressOf: (bytes) => Number(address(bytes)),
  };
}

/** Passes on the result of a call, or throws the system's error. */
export function checked(call: string, result: number): number {
  if (result >= 0) return result;
  const code = getSystemErrorName(result);
  throw Object.assign(new Error(`${call} ${code}`), { code, errno: result, syscall: call });
}

/**
 * Memory, all 0, whose address libc and the kernel may be given. It never moves, and it lives while something refers to
 * this object: an address in somebody else's memory does not, so whoever writes it there also keeps the object.
 */
export class Pinned {
  readonly address: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;

  constructor(libc: Libc, octets: number) {
    // An ArrayBuffer of its own: V8 keeps small typed arrays on its heap, where they are moved.
    this.bytes = new Uint8Array(new ArrayBuffer(octets));
    this.view = new DataView(this.bytes.buffer);
    this.address = libc.addressOf(this.bytes);
  }

  /** As 32-bit words in the machine's order, little-endian on all that `loadLibc` accepts. */
  words(): Uint32Array {
    return new Uint32Array(this.bytes.buffer);
  }
}
