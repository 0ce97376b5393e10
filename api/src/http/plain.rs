//! Bodies are taken as they come. The framework would unpack what is compressed before its limit is looked at, and a packed kilobyte
//! can hold a megabyte.

use actix_web::{
    Error, HttpResponse,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::CONTENT_ENCODING,
    middleware::Next,
};

/// Goes round routes that take a body: what is compressed is refused unread.
pub(super) async fn plain<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let mut codings = request.headers().get_all(CONTENT_ENCODING);
    if codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let refusal = HttpResponse::UnsupportedMediaType()
        .content_type("text/plain; charset=utf-8")
        .body("Send the body as it is, not compressed.\n");
    Ok(request.into_response(refusal).map_into_right_body())
}
