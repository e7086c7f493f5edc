import { z } from 'zod'

/**
 * The settings of ChirpStack 4.19.0 that `deploy/chirpstack` may use, by name and type
 * (`chirpstack/src/config.rs`). ChirpStack itself says nothing about a key it does not know.
 */
const text = z.string()
const flag = z.boolean()
const count = z.int().min(0)
const duration = z.string().regex(/^\d+(ms|s|m|h|d)$/)
const dataRate = z.int().min(0).max(15)

const mqttClient = {
  server: z.string().regex(/^(tcp|ssl|mqtts?):\/\//),
  username: text,
  password: text,
  qos: z.literal([0, 1, 2]),
  clean_session: flag,
  client_id: text,
  keep_alive_interval: duration,
  share_name: text,
  channel_capacity: count,
  ca_cert: text,
  tls_cert: text,
  tls_key: text,
}

const sections = {
  logging: z.strictObject({ level: text, json: flag, flatten_json: flag }).partial(),
  postgresql: z
    .strictObject({
      dsn: text,
      max_open_connections: count,
      ca_cert: text,
      connection_recycling_method: text,
    })
    .partial(),
  sqlite: z.strictObject({ path: text, pragmas: z.array(text), max_open_connections: count }).partial(),
  redis: z
    .strictObject({ servers: z.array(text), cluster: flag, key_prefix: text, max_open_connections: count })
    .partial(),
  api: z.strictObject({ bind: text, secret: text }).partial(),
  gateway: z
    .strictObject({
      client_cert_lifetime: duration,
      ca_cert: text,
      ca_key: text,
      allow_unknown_gateways: flag,
      rx_timestamp_max_drift: duration,
      device_gateway_mapping_history_uplinks: count,
    })
    .partial(),
  network: z
    .strictObject({
      net_id: z.string().regex(/^[0-9a-f]{6}$/),
      secondary_net_ids: z.array(text),
      dev_addr_prefixes: z.array(text),
      enabled_regions: z.array(text),
      device_session_ttl: duration,
      deduplication_delay: duration,
      get_downlink_data_delay: duration,
      mac_commands_disabled: flag,
      adr_plugins: z.array(text),
      max_mac_command_error_count: count,
    })
    .partial(),
  monitoring: z.strictObject({ bind: text }).partial(),
  integration: z
    .strictObject({
      enabled: z.array(text),
      mqtt: z.strictObject({ ...mqttClient, json: flag, event_topic: text, command_topic: text }).partial(),
    })
    .partial(),
}

const region = z
  .strictObject({
    id: text,
    description: text,
    common_name: text,
    user_info: text,
    gateway: z
      .strictObject({
        force_gws_private: flag,
        backend: z
          .strictObject({
            enabled: text,
            mqtt: z
              .strictObject({
                ...mqttClient,
                topic_prefix: text,
                event_topic: text,
                command_topic: text,
                v4_migrate: flag,
              })
              .partial(),
          })
          .partial(),
      })
      .partial(),
    network: z
      .strictObject({
        installation_margin: z.number(),
        rx_window: z.literal([0, 1, 2]),
        rx1_delay: z.int().min(1).max(15),
        rx1_dr_offset: z.int().min(0).max(5),
        rx2_dr: dataRate,
        rx2_frequency: count,
        rx2_prefer_on_rx1_dr_lt: dataRate,
        rx2_prefer_on_link_budget: flag,
        gateway_prefer_min_margin: z.number(),
        downlink_tx_power: z.int(),
        adr_disabled: flag,
        min_dr: dataRate,
        max_dr: dataRate,
        repeater_compatible: flag,
        enabled_uplink_channels: z.array(count),
        extra_channels: z.array(z.strictObject({ frequency: count, data_rates: z.array(dataRate) })),
      })
      .partial(),
  })
  .partial()

/** One folder of configuration, its files joined. */
export const chirpstackSettings = z.strictObject({ ...sections, regions: z.array(region) }).partial()

export type ChirpstackSettings = z.infer<typeof chirpstackSettings>
