// The page of `hanpyo sim devices`: shows what the simulator says and tells it what was clicked.

const KEYS = [
  ['volume-down', 'Vol −', 'Volume down'],
  ['up', '▲', 'Up'],
  ['volume-up', 'Vol +', 'Volume up'],
  ['left', '◀', 'Left: back'],
  ['select', '●', 'Select'],
  ['right', '▶', 'Right: next'],
  ['slower', 'Slower', 'Speak slower'],
  ['down', '▼', 'Down'],
  ['faster', 'Faster', 'Speak faster'],
]
const SWITCHES = [
  ['move', 'Move', 'Switch 1: move on'],
  ['select', 'Select', 'Switch 2: select'],
]

const find = (selector, root = document) => root.querySelector(selector)

let lastTold = Promise.resolve()

/** One after another: a key must not come up before it went down. */
function tell(path, body) {
  lastTold = lastTold.then(() => post(path, body)).catch((error) => say(`Not done: ${error.message}`))
}

async function post(path, body) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) say(`Refused: ${(await response.json()).error}`)
}

function say(text) {
  find('#connection').textContent = text
}

function buildKeys(place, device, keys) {
  for (const [code, label, title] of keys) {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'key'
    button.textContent = label
    button.title = title
    button.setAttribute('aria-label', title)
    button.dataset.held = `${device} ${code}`
    const set = (isDown) => tell('/key', { device, code, isDown })
    const release = () => {
      if (button.classList.contains('sticks')) return
      set(false)
    }
    button.addEventListener('pointerdown', (event) => {
      button.setPointerCapture(event.pointerId)
      // A second press frees a key that is stuck.
      if (button.classList.contains('sticks')) {
        button.classList.remove('sticks')
        return
      }
      if (find('#hold').checked) button.classList.add('sticks')
      find('#hold').checked = false
      set(true)
    })
    button.addEventListener('pointerup', release)
    button.addEventListener('pointercancel', release)
    button.addEventListener('keydown', (event) => {
      if (event.repeat || (event.key !== 'Enter' && event.key !== ' ')) return
      set(true)
    })
    button.addEventListener('keyup', (event) => {
      if (event.key === 'Enter' || event.key === ' ') set(false)
    })
    place.append(button)
  }
}

function scan(text, name) {
  tell('/scan', { text })
  find('#scan-result').textContent = `Scanned ${name}.`
}

async function buildSlips() {
  for (const { name, text } of await (await fetch('/slips')).json()) {
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = `Scan ${name}`
    button.addEventListener('click', () => scan(text, name))
    find('#slips').append(button)
  }
}

function showDevice(name, { uri, isPlugged, isConnected }) {
  const card = find(`[data-device="${name}"]`)
  card.classList.toggle('unplugged', !isPlugged)
  find('.uri', card).textContent = uri
  find('.plug', card).textContent = isPlugged ? 'Unplug' : 'Plug in'
  const link = find('.link', card)
  link.dataset.link = isPlugged ? (isConnected ? 'connected' : 'waiting') : 'unplugged'
  link.textContent = isPlugged ? (isConnected ? 'the kiosk has it open' : 'nobody has it open') : 'unplugged'
  for (const button of card.querySelectorAll('.key, #scan button, #slips button'))
    button.disabled = !isPlugged
}

function showPrinter(printer) {
  for (const name of ['paper', 'millimetresPerSecond']) {
    for (const radio of document.querySelectorAll(`input[name="${name}"]`))
      radio.checked = radio.value === String(printer[name])
  }
  for (const box of document.querySelectorAll('[data-device="printer"] input[type="checkbox"]'))
    box.checked = printer[box.name] !== 'inverted' in box.dataset
  const millimetres = Math.round(printer.rowsUnderHead / 8)
  const state = printer.isBusy ? 'Printing or waiting to print. ' : ''
  find('#under-head').textContent =
    millimetres === 0 ? state : `${state}${millimetres} mm of paper hang out and are not cut off.`
  showReceipts(printer.receipts)
}

function showReceipts(receipts) {
  const place = find('#receipts')
  for (const { number, width, height } of receipts) {
    if (find(`[data-number="${number}"]`, place) !== null) continue
    const figure = document.createElement('figure')
    figure.dataset.number = String(number)
    const image = document.createElement('img')
    image.src = `/receipts/${number}.png`
    image.width = width
    image.height = height
    image.alt = `Printed receipt ${number}`
    const caption = document.createElement('figcaption')
    caption.textContent = `Receipt ${number}, ${Math.round(height / 8)} mm`
    figure.append(image, caption)
    place.prepend(figure)
  }
}

function show({ devices, printer, held, lamp }) {
  for (const [name, device] of Object.entries(devices)) showDevice(name, device)
  showPrinter(printer)
  find('#lamp').dataset.mode = lamp.mode
  find('#lamp-mode').textContent = lamp.mode
  for (const key of document.querySelectorAll('.key')) {
    key.classList.toggle('held', held.includes(key.dataset.held))
    if (!held.includes(key.dataset.held) && key.disabled) key.classList.remove('sticks')
  }
}

buildKeys(find('#keypad'), 'keypad', KEYS)
buildKeys(find('#switches'), 'switches', SWITCHES)
buildSlips().catch((error) => say(`No slips: ${error.message}`))

for (const card of document.querySelectorAll('[data-device]')) {
  find('.plug', card).addEventListener('click', () =>
    tell('/plug', { device: card.dataset.device, isPlugged: card.classList.contains('unplugged') }),
  )
}
for (const input of document.querySelectorAll('[data-device="printer"] input')) {
  input.addEventListener('change', () => {
    const value = input.type === 'checkbox' ? input.checked !== 'inverted' in input.dataset : input.value
    tell('/printer', { [input.name]: input.name === 'millimetresPerSecond' ? Number(value) : value })
  })
}
for (const button of document.querySelectorAll('[data-printer]')) {
  button.addEventListener('click', () => tell('/printer', JSON.parse(button.dataset.printer)))
}
find('#scan').addEventListener('submit', (event) => {
  event.preventDefault()
  const input = find('#scan-text')
  scan(input.value, 'the code')
  input.value = ''
})

const events = new EventSource('/events')
events.onmessage = ({ data }) => {
  say('Connected to the simulator.')
  show(JSON.parse(data))
}
events.onerror = () => {
  say('The simulator does not answer. It is tried again by itself.')
}
