// Commits from many callers until it is killed, and says on standard output what was acknowledged: one line
// "revision key value" per commit. Writing to a pipe is synchronous here: a line that was written is with the kernel.

const [storeModule, file, round] = process.argv.slice(2);
const { openSqliteStore } = await import(storeModule);
const store = await openSqliteStore({ file });

async function caller(n) {
  for (let step = 0; ; step++) {
    const key = `k/${n}/${step % 10}`;
    const value = `${round}.${step}`;
    const { revision } = await store.commit([
      { kind: "put", key, value },
      { kind: "put", key: `${key}/twin`, value },
    ]);
    process.stdout.write(`${revision} ${key} ${value}\n`);
  }
}

for (let n = 0; n < 16; n++) caller(n);
