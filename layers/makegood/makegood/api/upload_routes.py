"""What answers requests about files and sheets; imported with the first of them."""

from makegood.api import uploads as file_uploads
from makegood.api.http import Reply, Request
from makegood.api.routes import AudienceRoutes
from makegood.forms import fields


def uploads(audience: AudienceRoutes, request: Request) -> Reply:
    return file_uploads.list_uploads(audience.context(request), audience.results, request)


def open_upload(audience: AudienceRoutes, request: Request) -> Reply:
    fields.check_known(request.fields, fields.FILE_FIELDS)
    context, upload_id = audience.context(request), audience.new_id()
    opened = file_uploads.open_upload(context, audience.inbox, upload_id, request.fields)
    return Reply(file_uploads.show_opened(opened))


def upload(audience: AudienceRoutes, request: Request, upload_id: str) -> Reply:
    found = file_uploads.find_upload(audience.context(request), upload_id)
    return Reply(file_uploads.show_upload(found, audience.results))


def order_sheet(audience: AudienceRoutes, request: Request) -> Reply:
    fields.check_known(request.fields, fields.SHEET_FIELDS)
    context, sheet_id = audience.context(request), audience.new_id()
    ordered = file_uploads.order_sheet(context, audience.chunks, sheet_id, request.fields)
    return Reply(file_uploads.show_ordered(ordered))
