"""A leaky relu under a dropout whose scale is in the mask; right."""
import numpy as np
rng=np.random.RandomState(0); np.random.seed(0)
X=rng.randn(60,3); Y=np.eye(2)[(X[:,0]>0).astype(int)]
W1=rng.randn(3,8);b1=np.zeros(8);W2=rng.randn(8,2);b2=np.zeros(2)
for e in range(20):
    z1=X@W1+b1; a1=np.where(z1>0,z1,0.01*z1)
    m=np.random.binomial(1,.7,size=a1.shape)/.7
    h=a1*m
    z2=h@W2+b2; q=np.exp(z2-z2.max(1,keepdims=True)); p=q/q.sum(1,keepdims=True)
    d2=p-Y
    dW2=(a1*m).T@d2/60; db2=d2.sum(0)/60
    d1=(d2@W2.T)*m*np.where(z1>0,1,.01)
    dW1=X.T@d1/60; db1=d1.sum(0)/60
    W1-=.1*dW1;b1-=.1*db1;W2-=.1*dW2;b2-=.1*db2
