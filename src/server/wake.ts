import { checked, type Libc, Pinned } from "./libc.ts";

/** What ends the waiting of a thread that does not run its event loop: an eventfd. */
export interface Wake {
  readonly fd: number;
  /** Wakes that the thread has not taken yet are one. */
  wake(): void;
  close(): void;
}

const [EFD_NONBLOCK, EFD_CLOEXEC] = [0o4000, 0o2000000];
export const EVENTFD_OCTETS = 8;

export function openWake(libc: Libc): Wake {
  const fd = checked("eventfd", libc.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  const one = new Pinned(libc, EVENTFD_OCTETS);
  one.view.setBigUint64(0, 1n, true);
  return {
    fd,
    wake: () => void libc.write(fd, one.address, EVENTFD_OCTETS),
    close: () => void libc.close(fd),
  };
}
