/** JSON values and their canonical text, the form in which things are hashed. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/**
 * Canonical JSON text: object keys in code-unit order, no white space, numbers as ECMAScript prints them
 * (as in RFC 8785). Equal values give equal text whatever order they were built in.
 *
 * @throws {TypeError} If a number is not finite or a value is not JSON; the message names the path.
 */
export function canonicalJson(value: Json): string {
  return write(value, "$");
}

function write(value: Json, path: string): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`Cannot write ${path} as JSON: ${value} is not finite`);
    return JSON.stringify(value);
  }
  if (isArray(value)) return `[${value.map((item, i) => write(item, `${path}[${i}]`)).join(",")}]`;
  if (typeof value === "object") {
    const fields = Object.keys(value).sort().map((key) =>
      `${JSON.stringify(key)}:${write(value[key]!, `${path}.${key}`)}`
    );
    return `{${fields.join(",")}}`;
  }
  throw new TypeError(`Cannot write ${path} as JSON: found ${typeof value}`);
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
