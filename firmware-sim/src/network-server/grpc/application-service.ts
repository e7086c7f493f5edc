import { ApplicationServiceService } from '@chirpstack/chirpstack-api/api/application_grpc_pb.js'
import applicationPb from '@chirpstack/chirpstack-api/api/application_pb.js'
import { ok } from '@hanpyo/protocol/result.ts'
import emptyPb from 'google-protobuf/google/protobuf/empty_pb.js'
import type { Caller } from './access.ts'
import type { Stored } from './registry.ts'
import type { GrpcService } from './serve.ts'
import {
  deleteDevices,
  devicesWhere,
  page,
  putInForce,
  replace,
  type ServiceContext,
  store,
  tenantOfApplication,
  timestamp,
} from './service-context.ts'
import { danglingReference, invalid, missing, notFound, type Outcome, parseUuid } from './status.ts'

/** `api.ApplicationService`: create, get, update, delete, list. */
export function applicationService(context: ServiceContext): GrpcService {
  const { registry, access } = context
  return {
    definition: ApplicationServiceService,
    methods: {
      async create(request: applicationPb.CreateApplicationRequest, caller) {
        const application = request.getApplication()
        if (application === undefined) return missing('application')
        const tenantId = parseUuid(application.getTenantId())
        if (!tenantId.ok) return tenantId
        const allowed = access.tenant(caller, 'change', tenantId.value)
        if (!allowed.ok) return allowed
        if (application.getName() === '') return invalid('name is not set')
        if (!registry.tenants.has(tenantId.value)) return danglingReference()
        application.setId(context.newId())
        application.setTenantId(tenantId.value)
        registry.applications.set(application.getId(), store(context, application))
        await registry.save()
        const response = new applicationPb.CreateApplicationResponse()
        response.setId(application.getId())
        return ok(response)
      },

      async get(request: applicationPb.GetApplicationRequest, caller) {
        const found = find(context, request.getId(), caller, 'read')
        if (!found.ok) return found
        const response = new applicationPb.GetApplicationResponse()
        response.setApplication(found.value.message)
        response.setCreatedAt(timestamp(found.value.createdAtMs))
        response.setUpdatedAt(timestamp(found.value.updatedAtMs))
        return ok(response)
      },

      async update(request: applicationPb.UpdateApplicationRequest, caller) {
        const application = request.getApplication()
        if (application === undefined) return missing('application')
        const found = find(context, application.getId(), caller, 'change')
        if (!found.ok) return found
        if (application.getName() === '') return invalid('name is not set')
        // An application stays with its tenant.
        const { message } = found.value
        application.setId(message.getId())
        application.setTenantId(message.getTenantId())
        replace(context, found.value, application)
        await registry.save()
        await putInForce(
          context,
          devicesWhere(context, (one) => one.applicationId === application.getId()),
        )
        return ok(new emptyPb.Empty())
      },

      async delete(request: applicationPb.DeleteApplicationRequest, caller) {
        const found = find(context, request.getId(), caller, 'change')
        if (!found.ok) return found
        const id = found.value.message.getId()
        await deleteDevices(
          context,
          devicesWhere(context, (one) => one.applicationId === id),
        )
        registry.applications.delete(id)
        await registry.save()
        return ok(new emptyPb.Empty())
      },

      list: (request: applicationPb.ListApplicationsRequest, caller) => list(context, request, caller),
    },
  }
}

function find(
  context: ServiceContext,
  text: string,
  caller: Caller,
  need: 'read' | 'change',
): Outcome<Stored<applicationPb.Application>> {
  const id = parseUuid(text)
  if (!id.ok) return id
  const allowed = context.access.tenant(caller, need, tenantOfApplication(context, id.value))
  if (!allowed.ok) return allowed
  const stored = context.registry.applications.get(id.value)
  return stored === undefined ? notFound(id.value) : ok(stored)
}

async function list(
  { registry, access }: ServiceContext,
  request: applicationPb.ListApplicationsRequest,
  caller: Caller,
): Promise<Outcome<applicationPb.ListApplicationsResponse>> {
  const tenantId = parseUuid(request.getTenantId())
  if (!tenantId.ok) return tenantId
  const allowed = access.tenant(caller, 'read', tenantId.value)
  if (!allowed.ok) return allowed
  const ofTenant = [...registry.applications.values()].filter(
    ({ message }) => message.getTenantId() === tenantId.value,
  )
  const { totalCount, items } = page(ofTenant, request, ({ message }) => message.getName())
  const response = new applicationPb.ListApplicationsResponse()
  response.setTotalCount(totalCount)
  response.setResultList(
    items.map(({ message, createdAtMs, updatedAtMs }) => {
      const item = new applicationPb.ApplicationListItem()
      item.setId(message.getId())
      item.setName(message.getName())
      item.setDescription(message.getDescription())
      item.setCreatedAt(timestamp(createdAtMs))
      item.setUpdatedAt(timestamp(updatedAtMs))
      return item
    }),
  )
  return ok(response)
}
