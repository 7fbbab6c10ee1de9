/** What a model of ONNX says of itself: `metadata_props`, whose values are texts. Pure. */
import type { Json } from "../base/json.ts";

/** Each value as JSON text, so that a reader needs no rule of its own for any of them. */
export function metadataTexts(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, JSON.stringify(value)]));
}

/** The same of texts of which some are JSON already, and others what other programs wrote. */
export function asJsonTexts(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, isJson(text) ? text : JSON.stringify(text)]),
  );
}

/** @throws {SyntaxError} For a value that is no JSON. */
export function metadataValues(texts: Readonly<Record<string, string>>): Record<string, Json> {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, JSON.parse(text) as Json]));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
