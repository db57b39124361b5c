import { type Octets, readU32, u32 } from "./octets.ts";
import type { Field } from "./rdata-field.ts";
import type { RdataTokens } from "./rdata-tokens.ts";

const OCTETS = 16;
/** Of latitude and longitude: thousandths of a second of arc, from the equator and the prime meridian. */
const ZERO_ANGLE = 2 ** 31;
const DEGREE = 3_600_000;
const MINUTE = 60_000;
const SECOND = 1000;
/** Altitude counts centimetres from 100 000 m below the WGS 84 ellipsoid. */
const ZERO_ALTITUDE = 10_000_000;

/** The whole RDATA of LOC (RFC 1876 §2 and §3), version 0. A size is kept to its first digit, as the wire form has it. */
export const location: Field = {
  octets: OCTETS,
  parse(tokens) {
    const latitude = u32(ZERO_ANGLE + parseAngle(tokens, 90, ["N", "S"]));
    const longitude = u32(ZERO_ANGLE + parseAngle(tokens, 180, ["E", "W"]));
    const altitude = u32(ZERO_ALTITUDE + parseCentimetres(tokens, -ZERO_ALTITUDE, 0xffff_ffff - ZERO_ALTITUDE));
    return `\0${parseSize(tokens, 100)}${parseSize(tokens, 1_000_000)}${parseSize(tokens, 1000)}${latitude}${longitude}${altitude}`;
  },
  end(rdata, at) {
    if (rdata.length - at < OCTETS || rdata[at] !== "\0") return -1;
    const sizes = [1, 2, 3].map((i) => rdata.charCodeAt(at + i));
    const isLocation = Math.abs(readU32(rdata, at + 4) - ZERO_ANGLE) <= 90 * DEGREE && sizes.every(isSize);
    return isLocation && Math.abs(readU32(rdata, at + 8) - ZERO_ANGLE) <= 180 * DEGREE ? at + OCTETS : -1;
  },
  text: (rdata) =>
    [
      angleText(readU32(rdata, 4) - ZERO_ANGLE, "NS"),
      angleText(readU32(rdata, 8) - ZERO_ANGLE, "EW"),
      metresText(readU32(rdata, 12) - ZERO_ALTITUDE),
      ...[1, 2, 3].map((i) => metresText(sizeOf(rdata.charCodeAt(i)))),
    ].join(" "),
};

/** Degrees, minutes and seconds, the last two of which may be left out, and a hemisphere. */
function parseAngle(tokens: RdataTokens, degreesMax: number, hemispheres: readonly [string, string]): number {
  const units = [
    { size: DEGREE, form: /^[0-9]{1,3}$/, max: degreesMax, rule: `must have degrees of 0–${degreesMax}` },
    { size: MINUTE, form: /^[0-9]{1,2}$/, max: 59, rule: "must have minutes of 0–59" },
    { size: SECOND, form: /^[0-9]{1,2}(\.[0-9]{1,3})?$/, max: 59.999, rule: "must have seconds of 0–59.999" },
  ];
  let angle = 0;
  let text = tokens.word();
  for (const { size, form, max, rule } of units) {
    if (size !== DEGREE && hemispheres.includes(text.toUpperCase())) break;
    if (!form.test(text) || Number(text) > max) tokens.fail(rule);
    angle += Math.round(Number(text) * size);
    if (angle > degreesMax * DEGREE) tokens.fail(`must be at most ${degreesMax} degrees`);
    text = tokens.word();
  }
  const hemisphere = hemispheres.indexOf(text.toUpperCase());
  if (hemisphere < 0) tokens.fail(`must have ${hemispheres.join(" or ")} behind its angle`);
  return hemisphere === 0 ? angle : -angle;
}

function parseCentimetres(tokens: RdataTokens, min: number, max: number): number {
  const text = tokens.word();
  const centimetres = /^-?[0-9]{1,8}(\.[0-9]{1,2})?m?$/i.test(text) ? Math.round(parseFloat(text) * 100) : Number.NaN;
  if (!(centimetres >= min && centimetres <= max)) tokens.fail(`must have metres of ${min / 100}–${max / 100}`);
  return centimetres;
}

/** A diameter or precision, by default `otherwise` centimetres: its first digit and the power of ten it stands at. */
function parseSize(tokens: RdataTokens, otherwise: number): Octets {
  const centimetres = tokens.isAtEnd ? otherwise : parseCentimetres(tokens, 0, 9e9);
  const digits = String(centimetres);
  return String.fromCharCode((Number(digits[0]) << 4) | (digits.length - 1));
}

const sizeOf = (octet: number): number => (octet >>> 4) * 10 ** (octet & 15);

/** True for one decimal digit and one power, in the only form of that size. */
const isSize = (octet: number): boolean => octet === 0 || (octet >>> 4 >= 1 && octet >>> 4 <= 9 && (octet & 15) <= 9);

function angleText(angle: number, hemispheres: string): string {
  const size = Math.abs(angle);
  const seconds = ((size % MINUTE) / SECOND).toFixed(3);
  return `${Math.floor(size / DEGREE)} ${Math.floor((size % DEGREE) / MINUTE)} ${seconds} ${hemispheres[angle < 0 ? 1 : 0]}`;
}

const metresText = (centimetres: number): string => `${(centimetres / 100).toFixed(2)}m`;
