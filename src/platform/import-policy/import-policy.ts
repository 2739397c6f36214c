/** What the source said about the image before anything was imported. */
export interface ImportProbe {
  /** After redirects. May hold a signature: not for logs. */
  finalUrl: string;
  status: number;
  /** Bytes as they travel (compressed, where the image is); null where the source does not say. */
  contentLength: number | null;
  contentType: string | null;
}

/** From where images may be fetched. CDI itself filters nothing: what is let through here is fetched in the cluster. */
export abstract class ImportPolicy {
  /**
   * Throws import.url_invalid or import.url_forbidden; import.source_unavailable when the name does not resolve.
   * The name is resolved, nothing is fetched.
   */
  abstract check(url: string): Promise<void>;
  /**
   * Asks the source for its headers within ten seconds, each redirect checked, connected to the very address that was
   * checked. Throws what `check` throws, and import.source_unavailable, import.source_timeout, import.not_an_image.
   */
  abstract probe(url: string): Promise<ImportProbe>;
}
