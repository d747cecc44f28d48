// Owns requests to /v1, uploads with progress, and errors as {code, message}.

/** An error response; `code` is one of the service's error codes. */
export class ApiError extends Error {
  constructor(code, message, status) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/**
 * Returns {status, body} of a request; `body` is sent as JSON unless it is a Blob. Throws ApiError.
 * @param {string} method
 * @param {string} path
 * @param {{body?: object|Blob, type?: string, signal?: AbortSignal}} [options]
 */
export async function send(method, path, { body, type, signal } = {}) {
  const raw = body instanceof Blob;
  const headers = { Accept: "application/json", "X-Requested-With": "trailers" };
  if (body) headers["Content-Type"] = type || (raw ? body.type || "application/octet-stream" : "application/json");
  let response;
  try {
    response = await fetch(path, { method, headers, signal, body: raw || !body ? body : JSON.stringify(body) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError("offline", "The service can’t be reached. Is it running?", 0);
  }
  return { status: response.status, body: parse(response.status, await response.text()) };
}

/** Uploads a file's bytes, or a form; `onProgress` gets a number from 0 to 1. Throws ApiError. */
export function upload(path, file, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    if (!(file instanceof FormData)) request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.setRequestHeader("X-Requested-With", "trailers");
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = () => reject(new ApiError("offline", "The upload was interrupted. Try again.", 0));
    request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    request.onload = () => {
      try {
        resolve(parse(request.status, request.responseText));
      } catch (error) {
        reject(error);
      }
    };
    signal?.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

function parse(status, text) {
  let body = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch { /* a proxy's page, not ours */ }
  if (status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  if (status >= 400) throw new ApiError(body?.code ?? (status === 404 ? "not_found" : "internal"), body?.message ?? `The service responded with status ${status}.`, status);
  return body;
}
