//! Work that is done to its end, whether somebody waits for it or not.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::runtime::Handle;

/// What this work is worth once it is done; none when it panicked. It runs where it is awaited, which costs no task
/// of its own; dropped before it is done, because nobody waits any more, it goes on in one.
pub(crate) struct ToTheEnd<F: Future<Output: Send> + Send + 'static>(Option<Pin<Box<F>>>);

impl<F: Future<Output: Send> + Send + 'static> ToTheEnd<F> {
    pub(crate) fn new(work: F) -> Self {
        Self(Some(Box::pin(work)))
    }
}

impl<F: Future<Output: Send> + Send + 'static> Future for ToTheEnd<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(work) = &mut self.0 else { return Poll::Ready(None) };
        // After a panic the work is dropped and nothing of it is looked at again.
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        let done = match polled {
            Ok(polled) => Some(ready!(polled)),
            Err(_) => None,
        };
        self.0 = None;
        Poll::Ready(done)
    }
}

impl<F: Future<Output: Send> + Send + 'static> Drop for ToTheEnd<F> {
    fn drop(&mut self) {
        // Without a runtime the process is ending.
        if let (Some(work), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(work);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_that_nobody_waits_for_is_done() {
        let ((begin, begun), (tell, told)) = (oneshot::channel(), oneshot::channel());
        let mut work = ToTheEnd::new(async move {
            begun.await.expect("a beginning");
            tell.send(5).expect("a listener");
        });
        assert!(std::future::poll_fn(|cx| Poll::Ready(Pin::new(&mut work).poll(cx))).await.is_pending());
        drop(work);
        begin.send(()).expect("the work goes on");
        assert_eq!(told.await, Ok(5));
    }

    #[tokio::test]
    async fn a_panic_is_no_answer() {
        assert_eq!(ToTheEnd::new(async { 5 }).await, Some(5));
        assert_eq!(ToTheEnd::new(async { [5][std::hint::black_box(1)] }).await, None);
    }
}
