import type { Name } from "../dns/name.ts";
import type { Node } from "../zone/node.ts";
import { kept } from "../zone/with-node.ts";
import type { Catalog } from "./catalog.ts";
import { derive, NOTHING_DERIVED } from "./derive.ts";
import { deriveReverse } from "./reverse-records.ts";
import type { Scheme } from "./scheme.ts";
import type { Steps } from "./steps.ts";
import type { Touched } from "./touched.ts";

/** What is generated of each zone that has such a part, by folded origin: the discovery zone and the reverse zones. */
export type Generated = ReadonlyMap<Name, Node>;

/** The generated parts after the changes in `touched`, from those before them. What did not change stays the same object. */
export function* generate(before: Generated, catalog: Catalog, touched: Touched, scheme: Scheme): Steps<Generated> {
  const since = before.get(scheme.zone) ?? NOTHING_DERIVED;
  const discovery = yield* derive(since, catalog, touched, scheme);
  const generated = new Map([[scheme.zone, discovery]]);
  for (const origin of scheme.reverseZones) {
    const known = before.get(origin);
    // With everything the scheme may have changed, and with it pointers to instances that did not.
    const reverse =
      known === undefined || touched.all
        ? deriveReverse(NOTHING_DERIVED, origin, NOTHING_DERIVED, discovery, scheme)
        : deriveReverse(known, origin, since, discovery, scheme);
    generated.set(origin, known === undefined ? reverse : kept(known, reverse));
  }
  return generated;
}
