const STYLE_PATH = '/shell/out-of-service.css'

const PAGE = `<!doctype html>
<html lang="ko">
<head><meta charset="utf-8"><title>점검 중</title><link rel="stylesheet" href="${STYLE_PATH}"></head>
<body><main role="alert">
<h1>지금은 이 기기를 쓸 수 없어요</h1>
<p>가까운 직원에게 알려 주세요. 이미 저장된 투표는 안전합니다.</p>
<h2 lang="en">This kiosk is out of service</h2>
<p lang="en">Please tell a member of staff. Votes already stored are safe.</p>
</main></body></html>`

const STYLE = `body{margin:0;min-height:100vh;display:grid;place-items:center;background:#fff;color:#12203a;
font:6vmin/1.5 'Hanpyo Sans','Noto Sans CJK KR',sans-serif;word-break:keep-all}
main{padding:8vmin;text-align:center}h1{font-size:8vmin}h2{margin-top:10vmin}`

/** The only page the shell makes itself: shown while the core does not answer. No script, no state. */
export const OUT_OF_SERVICE_URL = 'kiosk://app/shell/out-of-service'

/** Answers `/shell/…`, or `undefined` for everything that belongs to the core. */
export function outOfServiceResponse(path: string): Response | undefined {
  if (path === STYLE_PATH) return reply(STYLE, 'text/css; charset=utf-8', 200)
  if (path === '/shell/out-of-service') return outOfServicePage(200)
  return undefined
}

export function outOfServicePage(status: 200 | 503): Response {
  return reply(PAGE, 'text/html; charset=utf-8', status)
}

function reply(body: string, contentType: string, status: number): Response {
  return new Response(body, {
    status,
    headers: {
      'content-type': contentType,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy':
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    },
  })
}
