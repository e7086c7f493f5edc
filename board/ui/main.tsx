import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { lastingLink } from './link.ts'
import { hasBrokenPin, linkValues } from './routes.ts'
import { createBoardStore } from './store.ts'
import './styles/index.css'

const container = document.getElementById('root')
if (container === null) throw new Error('index.html has no #root')

const brought = lastingLink(linkValues(location.hash), () => sessionStorage)
const isPinBroken = hasBrokenPin(location.hash)
const worker = new Worker(new URL('../src/worker.ts', import.meta.url), { type: 'module' })
const store = createBoardStore(worker)
// The board lies in a folder of its own beside the ledger: `board/` below the bridge or a mirror.
const host = brought.host ?? new URL('../', location.href.replace(/#.*$/, '')).href
const { manifestHash, authorityVkey, receipt } = brought
void store.calls.start({
  host,
  pin: {
    ...(manifestHash === undefined ? {} : { manifestHash }),
    ...(authorityVkey === undefined ? {} : { authorityVkey }),
  },
})
// A link that is opened in the same tab brings other values: the page begins anew with them.
addEventListener('hashchange', () => {
  if (hasBrokenPin(location.hash) || Object.keys(linkValues(location.hash)).length > 0) location.reload()
})
// The code of a receipt stays neither in the address nor in the list of visited pages.
if (receipt !== undefined) history.replaceState(null, '', '#/receipt')

createRoot(container).render(<App store={store} link={{ ...brought, isPinBroken }} />)
