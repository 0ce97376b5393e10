//! A body without a length that nobody reads to its end ends its connection.
//!
//! The library closes a connection once it is answered before the announced body has come. Of a body that comes in chunks it takes
//! whatever still comes, for as long as it comes, as soon as nobody holds it any more. So the answer holds it.

use std::{
    cell::RefCell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{
    Error, HttpMessage,
    body::{BodySize, BoxBody, EitherBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::PayloadError,
    http::header::{TRANSFER_ENCODING, UPGRADE},
    middleware::Next,
    web::Bytes,
};
use futures_util::Stream;

/// A body that whoever reads it shares with the answer.
#[derive(Clone)]
struct Shared(Rc<RefCell<Payload>>);

impl Stream for Shared {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(context)
    }
}

/// An answer, with the body of its request.
struct Holding {
    answer: BoxBody,
    _body: Shared,
}

impl MessageBody for Holding {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.answer.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.answer).poll_next(context)
    }
}

/// Goes round all routes.
pub(super) async fn close_unread<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let headers = request.headers();
    if !headers.contains_key(TRANSFER_ENCODING) || headers.contains_key(UPGRADE) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let body = Shared(Rc::new(RefCell::new(request.take_payload())));
    request.set_payload(Payload::Stream {
        payload: Box::pin(body.clone()),
    });
    let response = next.call(request).await?;
    Ok(response
        .map_body(|_, answer| {
            BoxBody::new(Holding {
                answer: answer.boxed(),
                _body: body,
            })
        })
        .map_into_right_body())
}
