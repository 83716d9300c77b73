/** The URL with user info and query values masked, safe to print. Text that is no URL is masked whole. */
export function redactUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return '(not a URL)';
  }
  const userInfo = url.username !== '' || url.password !== '' ? '***@' : '';
  const query = [...url.searchParams.keys()].map((key) => `${key}=***`).join('&');
  return `${url.protocol}//${userInfo}${url.host}${url.pathname === '/' ? '' : url.pathname}${query && `?${query}`}`;
}
