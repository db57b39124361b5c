import fc from "fast-check";
import { expect, test } from "vitest";
import { nameOf } from "../../src/dns/name.ts";
import { soughtName } from "../../src/dns/sought-name.ts";
import { Branch, eachChild, withChild, withoutChild } from "../../src/zone/children.ts";
import { type Children, makeNode, type Node } from "../../src/zone/node.ts";
import { sameNode } from "../../src/zone/same.ts";

const label = fc.oneof(
  fc.stringMatching(/^[a-z0-9-]{1,4}$/),
  fc.integer({ min: 0, max: 2000 }).map((n) => `i-${n}`),
);

function labels(children: Children): string[] {
  return [...eachChild(children)].map((node) => node.label).sort();
}

test("children behave as a map by label, and equal sets have one form whatever their history", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(label, fc.boolean()), { maxLength: 300 }), (edits) => {
      const model = new Set<string>();
      let children: Children;
      for (const [name, isPut] of edits) {
        const before = children;
        const sizeBefore = model.size;
        if (isPut) model.add(name);
        else model.delete(name);
        children = isPut ? withChild(children, makeNode(name)) : withoutChild(children, name);
        expect(labels(before).length).toBe(sizeBefore); // the version before the edit stays as it was
      }
      expect(labels(children)).toEqual([...model].sort());
      let fresh: Children;
      for (const name of [...model].sort()) fresh = withChild(fresh, makeNode(name));
      expect(sameNode(makeNode("", [], children), makeNode("", [], fresh))).toBe(true);
    }),
  );
});

test("100 000 labels are found, and those that are not there are not", () => {
  let children: Children;
  for (let i = 0; i < 100_000; i++) children = withChild(children, makeNode(`i-${i}`));
  const branch = children as Branch<Node>;
  expect(branch).toBeInstanceOf(Branch);
  for (let i = 0; i < 100_000; i += 997) {
    expect(branch.find(`i-${i}`)?.label).toBe(`i-${i}`);
    expect(branch.findIn(soughtName(nameOf(["x", `I-${i}`])), 1)?.label).toBe(`i-${i}`);
  }
  expect(branch.find("i-100000")).toBeUndefined();
});

test("labels with one and the same hash stand beside each other", () => {
  // Found by search: FNV-1a gives both 30 equal low bits after its mix.
  const [a, b] = collidingLabels();
  const both = withChild(withChild(withChild(undefined, makeNode(a)), makeNode(b)), makeNode("other"));
  expect((both as Branch<Node>).find(a)?.label).toBe(a);
  expect((both as Branch<Node>).findIn(soughtName(nameOf([a])), 0)?.label).toBe(a);
  expect((both as Branch<Node>).find(b)?.label).toBe(b);
  expect((both as Branch<Node>).findIn(soughtName(nameOf([b])), 0)?.label).toBe(b);
  expect(labels(withoutChild(both, a))).toEqual([b, "other"].sort());
  expect(labels(withChild(both, makeNode(a)))).toEqual([a, b, "other"].sort());
});

/** Two labels that share the 30 bits of hash a trie looks at. */
function collidingLabels(): [string, string] {
  const seen = new Map<number, string>();
  for (let i = 0; ; i++) {
    const candidate = i.toString(36);
    let hash = 0x811c9dc5;
    for (const char of candidate) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
    const bits = (hash ^ (hash >>> 15)) & 0x3fffffff;
    const other = seen.get(bits);
    if (other !== undefined) return [other, candidate];
    seen.set(bits, candidate);
  }
}
