/** JSON values and their canonical text, the form in which things are hashed. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/**
 * Canonical JSON text: object keys in code-unit order, no white space, numbers as ECMAScript prints them
 * (as in RFC 8785). Equal values give equal text whatever order they were built in.
 *
 * @throws {TypeError} If a number is not finite or a value is not JSON; the message names the path.
 */
export function canonicalJson(value: Json): string {
  const text = write(value);
  if (text === undefined) throw new TypeError(explain(value, "$"));
  return text;
}

/** Nothing if the value, or any inside it, is not JSON; which one is looked for only then. */
function write(value: Json): string | undefined {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") return Number.isFinite(value) ? `${value}` : undefined;
  if (typeof value !== "object") return undefined;
  let text = "";
  if (isArray(value)) {
    for (const item of value) {
      const inner = write(item);
      if (inner === undefined) return undefined;
      text += text === "" ? inner : `,${inner}`;
    }
    return `[${text}]`;
  }
  for (const key of Object.keys(value).sort()) {
    const inner = write(value[key]!);
    if (inner === undefined) return undefined;
    text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${inner}`;
  }
  return `{${text}}`;
}

/** What in `value` is not JSON, and where. */
function explain(value: unknown, path: string): string {
  if (value !== null && typeof value === "object") {
    for (const [key, inner] of Object.entries(value)) {
      const place = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`;
      if (write(inner as Json) === undefined) return explain(inner, place);
    }
  }
  const what = typeof value === "number" ? `${value} is not finite` : `found ${typeof value}`;
  return `Cannot write ${path} as JSON: ${what}`;
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** A field of an object's own: what every object inherits, such as `constructor`, is none. */
export function ownField(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Gives an object a field of its own, whatever its name: assigning to `__proto__` would do something else. */
export function setField(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}
