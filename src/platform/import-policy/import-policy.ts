/** What the source said about the image before anything was imported. */
export interface ImportProbe {
  /** After redirects. May hold a signature: not for logs. */
  finalUrl: string;
  status: number;
  /** Bytes as they travel (compressed, where the image is); null where the source does not say. */
  contentLength: number | null;
  contentType: string | null;
}

/** How to get at a source that does not answer everybody. */
export interface SourceAccess {
  /** Sent to the host that was named, never to one that it redirects to. */
  credentials?: { username: string; password: string } | null;
  /** PEM: authorities that are trusted besides the usual ones. */
  certificates?: string | null;
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
  abstract probe(url: string, access?: SourceAccess): Promise<ImportProbe>;
  /**
   * Whether anything answers there, whatever it says. Throws what `check` throws, and import.source_unavailable,
   * import.source_timeout.
   */
  abstract reach(url: string, access?: Pick<SourceAccess, 'certificates'>): Promise<void>;
}
