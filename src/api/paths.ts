/** The parameters of a path that matches a route's pattern (`/v1/services/:service`), decoded, or undefined. */
export function paramsOf(pattern: string, path: string): Record<string, string> | undefined {
  const expected = pattern.split("/");
  const given = path.replace(/(?<=.)\/$/, "").split("/");
  if (expected.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of expected.entries()) {
    const text = given[index]!;
    if (!segment.startsWith(":")) {
      if (segment !== text) return undefined;
      continue;
    }
    const decoded = decodedOf(text);
    if (decoded === undefined) return undefined;
    params[segment.slice(1)] = decoded;
  }
  return params;
}

function decodedOf(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
