import { HTTP_DEFAULTS, type HttpOptions } from '../platform/http/http-options.js';
import type { Settings } from './config/settings.js';

/** The HTTP side of the settings. */
export function httpOptions(settings: Settings): HttpOptions {
  return {
    ...HTTP_DEFAULTS,
    port: settings.PORT,
    host: settings.HOST,
    publicUrl: settings.PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    allowedOrigins: settings.CORS_ORIGINS,
    trustedProxies: settings.TRUSTED_PROXIES,
  };
}
