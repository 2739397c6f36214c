/** Of YAML and JSON: the first media type that is named decides; quality values are rare enough to go by order. */
export function prefersJson(accept = ''): boolean {
  const json = accept.search(/application\/json/i);
  const yaml = accept.search(/\b(application|text)\/(x-)?yaml/i);
  return json >= 0 && (yaml < 0 || json < yaml);
}
